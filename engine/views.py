"""The documented views: what each has one row for, and what each column means. Documentation, completion and the guard
of a user's SQL read this table; a test holds it against the views themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.queries.masking import EMAIL_IN_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class View:
    """A view.

    Attributes:
        name: as in SQL.
        row: what one row stands for.
        worth_knowing: columns to begin with.
        own: meanings of columns that differ from :data:`COLUMNS` or stand here alone.
        hidden: SQL for columns that tell who somebody is, where personal data is hidden.
    """

    name: str
    row: str
    worth_knowing: tuple[str, ...]
    own: Mapping[str, str] = field(default_factory=dict[str, str])
    hidden: Mapping[str, str] = field(default_factory=dict[str, str])

    def meaning(self, column: str) -> str:
        """What a column means; empty for one that is not documented."""
        return self.own.get(column) or COLUMNS.get(column, "")

    def masked(self, catalog: str) -> str:
        """The statement that puts a view in front of this one that hides who people are."""
        replaced = ", ".join(f"{sql} as {name}" for name, sql in self.hidden.items())
        columns = f"* replace ({replaced})" if replaced else "*"
        return f'create or replace temp view {self.name} as select {columns} from "{catalog}".main.{self.name}'


COLUMNS = {
    "account": "Account of the ad platform",
    "ad": "Name of the ad",
    "ad_id": "Id of the ad at its platform",
    "ad_kind": "ad: of an ad that is known; without_spend: paid, on a platform without spend that day",
    "ad_name": "Name of the ad",
    "ad_set": "Name of the ad set",
    "ad_set_id": "Id of the ad set at its platform",
    "ad_set_name": "Name of the ad set",
    "age_seconds": "From the touch to the conversion",
    "agent_kind": "bot or ai_agent; nothing for people",
    "alias_id": "The person id this identifier would give; ids from before a merge are found by it",
    "amount": "In the original currency",
    "amount_reporting": "In the profile's reporting currency at that day's rate; nothing without a rate",
    "anonymous_id": "The device, as the tracker knows it",
    "assigned_user": "Who it is assigned to",
    "booked_on": "Day it is booked on, in the profile's time zone",
    "browser": "Browser",
    "calendar": "Calendar of the appointment",
    "calendar_label": "Who tells of the appointment: merged, ghl_live or db_tracked",
    "campaign": "Campaign, as written in the tags",
    "campaign_id": "Id of the campaign at its platform",
    "campaign_label": "The campaign's name where it is known, else as written in the tags",
    "campaign_name": "Name of the campaign",
    "channel": "One of the nine channels",
    "checkout_token": "The checkout, as the shop knows it",
    "city": "City",
    "click_id_kind": "Which click id came with it, as gclid or fbclid",
    "clicks": "Clicks, as the platform tells",
    "content": "utm_content",
    "content_hash": "Which version of the raw record counts",
    "conversion_id": "The conversion",
    "converted_on": "Day of the conversion, in the profile's time zone",
    "counts_as_outcome": "Counts among outcomes; not for a paid order, which counts through its payment",
    "country": "Country, ISO 3166-1",
    "credit": "Part of the conversion, 0 to 1; a conversion's credits sum to 1",
    "currency": "Original currency, ISO 4217",
    "deal_id": "The deal, as the CRM knows it",
    "decay_share": "Share by time decay",
    "device": "Kind of device",
    "email": "Email, in lower case",
    "ended_at": "Last event of the visit, UTC",
    "ends_at": "End of the appointment, UTC",
    "engaged_seconds": "Time with attention",
    "engagement": "Engagement score, 0 to 100",
    "engagement_share": "Share by engagement",
    "entry": "payment or refund",
    "entry_id": "The ledger's entry: a conversion, or a refund",
    "entry_page": "First page of the visit",
    "event_id": "The event, as the tracker knows it",
    "event_key": "The event",
    "event_name": "Name of the event",
    "event_type": "Kind of event",
    "exit_page": "Last page of the visit",
    "file_name": "File or connection the record came from",
    "first_count": "Eligible touches in the first-touch window",
    "first_name": "First name",
    "first_position": "Place among the touches of the first-touch window; 0: not in it",
    "first_seen_at": "First record, UTC",
    "goal": "Which goal it is",
    "gclid": "Google click id that came with it",
    "import_id": "The import that brought it",
    "impressions": "Impressions, as the platform tells",
    "is_ad": "The touch of an ad that is known",
    "is_ad_unspent": "The touch of a paid channel on a platform without spend that day",
    "is_bounce": "Exactly one page view",
    "is_eligible": "Attribution credits its goal",
    "is_identified": "An email, phone or other id is known",
    "is_last_non_direct": "The last eligible touch that is not Direct, else the last",
    "is_negative": "A negative outcome, never counted as success",
    "is_outcome": "Counts among outcomes",
    "is_quarantined": "Seen with too many people: joins nobody",
    "is_refund": "Takes money back",
    "is_unconverted": "An amount without an exchange rate: left out of the sums",
    "is_unresolved": "Names an ad that is not known, or known twice",
    "kind": "What kind it is",
    "label": "Two words for a visitor nobody knows",
    "last_name": "Last name",
    "last_seen_at": "Last record, UTC",
    "line": "Line in the file",
    "markov_share": "Share by the Markov model",
    "medium": "utm_medium",
    "model": "Attribution model",
    "occurred_at": "When, UTC",
    "order_id": "The order, as the shop knows it",
    "origin_no": "Number of its origin; touches from the same place share it",
    "os": "Operating system",
    "other_kind": "Kind of the other identifier",
    "other_value": "The other identifier",
    "pageviews": "Page views",
    "path": "Path of the page",
    "payload": "All else the record says, as JSON",
    "payment_id": "The payment, as its provider knows it",
    "person_id": "The person; nothing where nobody is known",
    "phone": "Phone, E.164",
    "pipeline": "Pipeline in the CRM",
    "platform": "Ad platform",
    "position": "Place among the eligible touches of the click window, 1 the first; 0: not eligible",
    "profile": "Name of the profile",
    "rate": "Reporting units for one unit of the currency",
    "raw_table": "Table of its raw record",
    "reach": "Reach, as the platform tells",
    "reason": "Why the link was not followed",
    "record_key": "The raw record that stands for it",
    "records": "How many raw records tell of it",
    "referrer": "Referring site",
    "refunded": "Refunded of it, in the original currency; zero or negative",
    "refunded_reporting": "Refunded of it, in the reporting currency",
    "region": "Region",
    "resolved_by": "How the ad was found: id, name or click",
    "revenue_type": "cash, pipeline or gross",
    "session_id": "The session, as the tracker knows it",
    "shapley_share": "Share by the Shapley model",
    "source": "Source, as tagged, else the referrer or what the click id tells",
    "source_id": "Its id where it came from",
    "spend": "Spend in the account's currency",
    "spend_reporting": "Spend in the reporting currency",
    "spent_on": "Day, as the platform reports it",
    "stage": "Stage in the CRM",
    "started_at": "First event of the visit, UTC",
    "started_on": "Day the visit started, in the profile's time zone",
    "starts_at": "Start of the appointment, UTC",
    "status": "Status, as its source calls it",
    "term": "utm_term",
    "title": "Title of the page",
    "touch_count": "Eligible touches in the click window",
    "touch_id": "The touch",
    "touched_on": "Day of the touch, in the profile's time zone",
    "tracking": "How it is tagged: full_utms, click_id_only or none",
    "turn": "Its place among all touches of its person",
    "url": "Address of the page",
    "user_id": "The user, as your own systems know them",
    "utm_campaign": "utm_campaign as written",
    "utm_content": "utm_content as written",
    "utm_medium": "utm_medium as written",
    "utm_source": "utm_source as written",
    "utm_term": "utm_term as written",
    "value": "The identifier",
    "value_amount": "Amount of the event",
    "video_3s": "Plays of 3 seconds",
    "video_avg_seconds": "Average time watched",
    "video_p100": "Plays to the end",
    "video_p25": "Plays to 25 %",
    "video_p50": "Plays to 50 %",
    "video_p75": "Plays to 75 %",
    "video_plays": "Plays of the video",
    "visit_id": "The visit",
    "visitor": "The device as a number",
}


def _email(name: str) -> str:
    return (
        f"case when contains({name}, '@') then left({name}, 1) || '***@' || left(split_part({name}, '@', 2), 1)"
        f" || '****' || regexp_extract({name}, '(\\.[^.@]*)?$') when {name} is not null then '***' end"
    )


def _phone(name: str) -> str:
    return f"'***' || right({name}, 2)"


def _identifier(kind: str, value: str) -> str:
    """Emails, phones and ids of one's own systems, which often are one of both; devices are nobody."""
    return (
        f"case {kind} when 'email' then {_email(value)} when 'phone' then {_phone(value)}"
        f" when 'anonymous_id' then {value} else left({value}, 1) || '***' end"
    )


def _staff(name: str) -> str:
    """First name and initial, as :func:`engine.queries.masking.hidden_staff`."""
    words = f"string_split(trim(regexp_replace({name}, '\\s+', ' ', 'g')), ' ')"
    return (
        f"case when contains({name}, '@') then {_email(name)}"
        f" when len({words}) > 1 then {words}[1] || ' ' || left({words}[-1], 1) || '.' else {name} end"
    )


def _address(name: str) -> str:
    return _page(f"regexp_replace({name}, '[?#].*$', '')")


def _page(name: str) -> str:
    return f"regexp_replace({name}, '{EMAIL_IN_TEXT.replace(chr(39), chr(39) * 2)}', '***', 'gi')"


def _tags(*names: str) -> dict[str, str]:
    """What visitors' addresses say of where they came from."""
    return {name: _page(name) for name in names}


_ORIGINS = ("channel", "source", "medium", "campaign")

_ALL = (
    View(
        "v_events",
        "event that counts",
        ("visit_id", "person_id", "occurred_at", "event_type", "agent_kind", "path", "import_id", "file_name", "line"),
        {"path": "Path of the page", "currency": "Currency of the amount"},
        {
            "email": _email("email"),
            "phone": _phone("phone"),
            "user_id": "left(user_id, 1) || '***'",
            "url": _address("url"),
            **_tags("path", "title", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"),
            "referrer": _address("referrer"),
            "payload": "null::json",
        },
    ),
    View(
        "v_visits",
        "visit",
        ("started_on", "person_id", *_ORIGINS, "referrer", "entry_page", "exit_page", "pageviews", "is_bounce",
         "engaged_seconds", "engagement"),
        {"platform": "Ad platform its click id or source tells"},
        hidden=_tags("source", "medium", "campaign", "content", "term", "entry_page", "exit_page"),
    ),
    View(
        "v_people",
        "person",
        ("is_identified", "label", "email", "phone", "first_seen_at", "last_seen_at"),
        hidden={"email": _email("email"), "phone": _phone("phone"), "last_name": "left(last_name, 1) || '***'"},
    ),
    View(
        "v_conversions",
        "conversion",
        ("goal", "revenue_type", "converted_on", "amount", "currency", "amount_reporting", "refunded",
         "counts_as_outcome", "is_unconverted", "person_id", "records", "tracking"),
        {
            "campaign_id": "Campaign it carries itself",
            "ad_set_id": "Ad set it carries itself",
            "ad_id": "Ad it carries itself",
            "platform": "Ad platform of the campaign it carries itself",
        },
        {"assigned_user": _staff("assigned_user")},
    ),
    View(
        "v_cash",
        "payment or refund",
        ("entry", "booked_on", "amount", "currency", "amount_reporting", "conversion_id", "person_id"),
        {
            "entry_id": "The payment or refund",
            "amount": "In the original currency; refunds are negative",
            "conversion_id": "The payment's conversion; nothing for a refund of an unknown payment",
        },
    ),
    View(
        "v_touches",
        "touch",
        ("kind", "occurred_at", "channel", "platform", "campaign_name", "ad_set_name", "ad_name", "resolved_by",
         "is_unresolved"),
        {"kind": "visit, view or synthetic"},
        _tags("source", "medium", "campaign"),
    ),
    View(
        "v_paths",
        "conversion and touch within the widest window",
        ("age_seconds", "position", "touch_count", "first_position", "first_count", "ad_kind", "amount_reporting"),
        {
            "kind": "visit, view or synthetic",
            "amount_reporting": "Cash of the whole conversion in the reporting currency, before refunds",
        },
        _tags("source", "medium", "campaign"),
    ),
    View(
        "v_credits",
        "model, conversion or refund, and credited touch; without a touch: Unattributed",
        ("model", "booked_on", "touched_on", *_ORIGINS, "is_ad", "is_outcome", "credit", "amount"),
        {"amount": "Cash credited, in the reporting currency; refunds are negative"},
        _tags("source", "medium", "campaign", "campaign_label"),
    ),
    View(
        "v_ad_daily",
        "day and ad",
        ("spent_on", "platform", "campaign", "ad_set", "ad", "spend", "currency", "spend_reporting", "impressions",
         "clicks", "file_name", "line"),
        {"campaign": "Name of the campaign"},
    ),
    View(
        "v_identifiers",
        "identifier",
        ("kind", "value", "person_id", "alias_id", "is_quarantined"),
        {
            "kind": "email, phone, user_id, anonymous_id or an id of a provider",
            "records": "How many records name it",
            "person_id": "Whose it is; nothing while it is quarantined",
        },
        {"value": _identifier("kind", "value")},
    ),
    View(
        "v_conflicts",
        "link that identity resolution did not follow",
        ("reason", "kind", "value", "other_kind", "other_value"),
        {"kind": "Kind of the identifier"},
        {"value": _identifier("kind", "value"), "other_value": _identifier("other_kind", "other_value")},
    ),
)  # fmt: skip

VIEWS: Mapping[str, View] = {view.name: view for view in _ALL}


def markdown() -> str:
    """The table of views for the documentation."""
    lines = ["| view | one row for each | columns worth knowing |", "|---|---|---|"]
    lines += [
        f"| `{view.name}` | {view.row} | {', '.join(f'`{name}`' for name in view.worth_knowing)} |"
        for view in VIEWS.values()
    ]
    return "\n".join(lines)


def columns_markdown(columns: Mapping[str, list[str]]) -> str:
    """Every column of every view with its meaning, for the documentation; ``columns`` by view as the file has them."""
    parts: list[str] = []
    for view in VIEWS.values():
        lines = [f"### {view.name}", "", "| column | meaning |", "|---|---|"]
        lines += [f"| `{name}` | {view.meaning(name)} |" for name in columns[view.name]]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)

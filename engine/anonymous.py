"""A profile without personal data, on which every figure stays: numbers in place of who and what was identified.

Emails, phones, user and provider ids, devices, sessions, orders and payments become numbers, the same number for the
same value, in the order of the values, so that whatever depends on two being the same, or on which comes first, stays.
There is no key: who has the copy cannot get back. Names, IP addresses, titles of pages, browser ids of Meta, payloads
but for what figures are made of, files' names, rejected rows, provider objects but for ad clicks, connections, saved
views, reports and the change log are left out. Addresses of pages stay; email addresses in them become numbers. What
the profile is called, its campaigns and its places stay too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from engine.derive import pipeline
from engine.derive.lists import load_lists, normalise_phones

if TYPE_CHECKING:
    from engine.store import Cursor

# Tables that are copied; any other, also one that does not exist yet, is left out.
_KEPT = frozenset(
    {
        *("profiles", "profile_domains", "goals", "goal_event_types", "stage_goals", "channel_rules", "custom_models"),
        *("identity_decisions", "imports", "row_memberships", "provider_objects"),
        *("raw_events", "raw_conversions", "raw_people", "raw_touches"),
        *("raw_ad_spend", "raw_ad_entities", "raw_rates", "raw_search_keywords"),
    }
)
_EMAIL = re.compile(r"[^\s/?&=#:;,<>\"'()]+(?:@|%40)[^\s/?&=#:;,<>\"'()]+", re.IGNORECASE)
_EMAIL_SQL = "'@|%40'"
_PAYLOAD = ("engaged_seconds", "scroll_percent", "video_percent", "refund_of", "payment_id", "starts_at", "ends_at")
_IDS = ("stripe_customer_id", "ghl_contact_id", "shopify_customer_id", "mercadopago_payer_id")
_RAW = ("raw_events", "raw_conversions", "raw_people", "raw_touches")
_TEXTS = ("url", "path", "referrer", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "source",
          "medium", "campaign", "channel", "location")  # fmt: skip
_KINDS = {
    "email": "email",
    "user_id": "user",
    "person": "user",
    "anonymous_id": "device",
    "session_id": "session",
    "assigned_user": "staff",
    **dict.fromkeys(_IDS, "contact"),
    **dict.fromkeys(
        (
            *("event_id", "conversion_id", "refund_of", "payment_id", "order_id", "checkout_token"),
            *("deal_id", "gateway_payment_id"),
        ),
        "thing",
    ),
}
_GONE = {
    *("first_name", "last_name", "ip", "title", "fbp", "fbc", "event_name"),
    *("evidence", "thumbnail_url"),
}
_CLEAN_EMAIL = "clean_email({value})"


class Anonymous:
    """The expressions that make a copy anonymous.

    Args:
        cursor: on the workspace; :meth:`prepare` leaves ``numbered`` and other temporary tables on it.
        profile_id: whose.
    """

    def __init__(self, cursor: Cursor, profile_id: int) -> None:
        self._cursor = cursor
        self._profile_id = int(profile_id)
        self._columns = {
            table: [name for name in cursor.columns(f"select * from {table}") if name not in _GONE] for table in _RAW
        }

    def keeps(self, table: str) -> bool:
        """Whether a table is copied at all."""
        return table in _KEPT

    def condition(self, table: str) -> str:
        """Which of its rows, as ``r``, are copied."""
        if table in {"raw_events", "raw_touches"}:
            losers = "event_losers" if table == "raw_events" else "touch_losers"
            return f"not exists (from {losers} l where l.record_key = r.record_key and l.content_hash = r.content_hash)"
        if table == "provider_objects":
            return "object_type = 'click_view'"
        if table == "identity_decisions":
            return "right_kind is distinct from 'name'"
        return "true"

    def column(self, table: str, name: str) -> str:
        """What a column of ``r`` becomes."""
        if table == "identity_decisions" and name in {"left_value", "right_value"}:
            side = name.removesuffix("_value")
            return f"case when r.{side}_kind = 'record' then r.{name} else {self._decided(side)} end"
        if table == "imports" and name in {"file_name", "file_hash"}:
            return "'import ' || r.import_id" if name == "file_name" else "''"
        if table in {"imports", "identity_decisions"} and name in {"connection_id", "run_id", "evidence"}:
            return "null"
        if table == "raw_events" and name == "has_versions":
            return "false"
        if table == "provider_objects" and name == "content":
            return """json_object('campaign', r.content->'campaign', 'adGroup', r.content->'adGroup',
                          'clickView', json_object('adGroupAd', r.content->'$.clickView.adGroupAd'))"""
        if table not in _RAW:
            return f"r.{name}"
        if name in _GONE:
            return "null"
        if name == "payload":
            return self._payload() if table == "raw_events" else "null"
        if name == "phone":
            return "(select n.number from numbered_phones n where n.written = r.phone)"
        if name in _KINDS:
            return self._number(_KINDS[name], f"r.{name}")
        if name in _TEXTS:
            return f"coalesce((select t.clean from cleaned_texts t where t.written = r.{name}), r.{name})"
        return f"r.{name}"

    def prepare(self) -> None:
        """Number every value."""
        cursor = self._cursor
        pipeline.bind_profile(cursor, self._profile_id)
        pipeline.run_sql(cursor, "020_raw_versions")
        load_lists(cursor)
        normalise_phones(cursor)
        self._macros()
        self._number_values()
        self._number_phones()
        self._clean_texts()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _macros(self) -> None:
        """``clean_email`` as the derive steps define it."""
        from importlib import resources

        step = resources.files("engine.derive").joinpath("steps", "080_sightings.sql").read_text(encoding="utf-8")
        for statement in step.split(";")[:2]:
            self._cursor.run(statement)

    def _number_values(self) -> None:
        """``numbered`` (kind, value, number): an email counts by its clean form, also where it stands as a user id."""
        whose = f"where profile_id = {self._profile_id}"
        parts = [
            f"select '{_KINDS[name]}' as kind, {name}::varchar as value from {table} {whose}"
            for table, columns in self._columns.items()
            for name in columns
            if name in _KINDS
        ]
        parts += [f"select 'thing', payload->>'{key}' from raw_events {whose}" for key in ("refund_of", "payment_id")]
        self._cursor.run(
            f"""create or replace temp table numbered as
                with told as (
                    select distinct case when clean_email(value) is not null and kind in ('user', 'email') then 'email'
                                         else kind end as kind,
                           case when kind in ('user', 'email') then coalesce(clean_email(value), value) else value end
                               as value
                    from ({" union all ".join(parts)}) where value is not null and value <> ''
                )
                select kind, value,
                       case when lower(value) in (select value from placeholders) then value
                            when kind = 'email' and clean_email(value) is not null
                                then 'p' || number || '@anonymous.invalid'
                            else kind || ' ' || number end as number
                from (select kind, value, lpad((row_number() over (partition by kind order by value))::varchar, 10, '0')
                          as number
                      from told)"""
        )

    def _number(self, kind: str, value: str) -> str:
        if kind in {"user", "email"}:
            return (
                "(select n.number from numbered n"
                f" where n.kind = case when clean_email({value}) is not null then 'email' else '{kind}' end"
                f" and n.value = coalesce(clean_email({value}), {value}))"
            )
        return f"(select n.number from numbered n where n.kind = '{kind}' and n.value = {value}::varchar)"

    def _number_phones(self) -> None:
        """``numbered_phones`` (written, e164, number): +883 is no country's, and numbers of it are possible ones."""
        self._cursor.run(
            """create or replace temp table numbered_phones as
               select written, e164,
                      case when e164 in (select value from placeholders) then e164
                           else '+883' || lpad((dense_rank() over (order by e164))::varchar, 12, '5') end as number
               from phones"""
        )

    def _clean_texts(self) -> None:
        """``cleaned_texts`` (written, clean): those with an email address in them."""
        parts = [
            f"select distinct {name}::varchar as written from {table}"
            f" where profile_id = {self._profile_id} and regexp_matches({name}, {_EMAIL_SQL})"
            for table, columns in self._columns.items()
            for name in columns
            if name in _TEXTS
        ]
        written = [text for (text,) in self._cursor.rows(" union ".join(parts))]
        found: dict[str, str] = {}

        def replaced(match: re.Match[str]) -> str:
            return found.setdefault(match[0].lower(), f"address{len(found) + 1}")

        frame = pl.DataFrame(
            {"written": written, "clean": [_EMAIL.sub(replaced, text) for text in sorted(written)]},
            schema={"written": pl.String, "clean": pl.String},
        ).with_columns(pl.Series("written", sorted(written), pl.String))
        with self._cursor.table("text_rows", frame):
            self._cursor.run("create or replace temp table cleaned_texts as from text_rows")

    def _payload(self) -> str:
        kept = ", ".join(
            f"'{key}', {self._number('thing', f'''(r.payload->>'{key}')''')}"
            if key in {"refund_of", "payment_id"}
            else f"'{key}', r.payload->'{key}'"
            for key in _PAYLOAD
        )
        return f"case when r.payload is not null then json_merge_patch('{{}}', json_object({kept})) end"

    def _decided(self, side: str) -> str:
        value = f"r.{side}_value"
        kinds = {"email": "email", "user_id": "user", "anonymous_id": "device", **dict.fromkeys(_IDS, "contact")}
        whens = " ".join(f"when '{kind}' then {self._number(to, value)}" for kind, to in kinds.items())
        phone = f"(select any_value(n.number) from numbered_phones n where n.e164 = {value})"
        return f"case r.{side}_kind {whens} when 'phone' then {phone} end"

"""A journey in words: rows of the query as entries of a timeline, the pages of a visit folded into one line."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from app.names import country_name, device_label, value_label
from app.status import local_time
from widgets.timeline import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from engine.profiles import ProfileSettings
    from widgets.look import Look

# What trackers send by themselves: folded into the visit it belongs to.
_QUIET = frozenset(
    {
        "page_view", "web_vitals", "scroll_depth", "scroll", "heartbeat", "form_start", "engagement", "rage_click",
        "dead_click", "click", "video_progress", "video_play", "video_pause", "js_error", "cta_visible", "cta_seen",
        "cta_view", "session_start", "session_end", "page_leave", "time_on_page", "outbound_click", "file_download",
    }
)  # fmt: skip
_FORMS = frozenset({"form_submitted", "form_submit", "lead_submitted"})
_GOAL_ICONS = {
    "payment_received": ("credit-card", "series.money"),
    "lead_created": ("user-plus", "text.secondary"),
    "appointment_booked": ("calendar-blank", "text.secondary"),
    "closed_won": ("check-circle", "good.fill"),
    "order_placed": ("tray", "text.secondary"),
    "contact_reply": ("envelope-simple", "text.secondary"),
    "qualified": ("flag", "text.secondary"),
    "showed": ("check", "text.secondary"),
    "no_show": ("x-circle", "bad.fill"),
    "disqualified": ("x-circle", "bad.fill"),
    "closed_lost": ("x-circle", "bad.fill"),
}
# By which identifiers somebody was identified.
IDENTIFIERS = {"email": "email", "phone": "phone", "user_id": "user id"}
_PATHS_SHOWN = 4


@dataclass(frozen=True)
class TouchCredit:
    """What a touch counts for one conversion: its place among those that count, credit and money, or why not."""

    number: int | None
    credit: str
    amount: str


@dataclass(frozen=True)
class Credit:
    """The credit of one conversion under the selected model.

    Attributes:
        conversion: its id; empty: no conversion is chosen, and touches show what all conversions gave them.
        touches: by touch id.
    """

    conversion: str = ""
    touches: Mapping[str, TouchCredit] = field(default_factory=dict[str, TouchCredit])


class EntryMaker:
    """Makes the entries.

    Args:
        look: words and formats.
        settings: of the profile.
    """

    def __init__(self, look: Look, settings: ProfileSettings) -> None:
        self._look = look
        self._say = look.say
        self._zone = settings.timezone
        self._goals = {goal.goal: look.say(goal.name) for goal in settings.goals}

    def entries(self, rows: Sequence[Mapping[str, Any]], credit: Credit) -> list[Entry]:
        """The entries, a heading before each day."""
        made: list[Entry] = []
        last: date | None = None
        for moment, entry in self._in_order(rows, credit):
            day = moment.date()
            if day != last:
                made.append(self._day(day, last))
                last = day
            made.append(entry)
        return made

    def _in_order(self, rows: Sequence[Mapping[str, Any]], credit: Credit) -> Iterator[tuple[datetime, Entry]]:
        """Entries in order of time; quiet events of one visit that follow each other are one."""
        folded: list[Mapping[str, Any]] = []
        for row, following in pairwise([*rows, None]):
            if row is None:
                break
            if self._is_quiet(row):
                folded.append(row)
                if following is None or not self._is_quiet(following) or following["visit_id"] != row["visit_id"]:
                    yield self._at(folded[0]), self._fold(folded)
                    folded = []
            else:
                yield self._at(row), self._entry(row, credit)

    def _is_quiet(self, row: Mapping[str, Any]) -> bool:
        return (
            row["kind"] == "event"
            and row["touch_id"] is None
            and row["visit_id"] is not None
            and row["event_type"] in _QUIET
            and not row["identified_by"]
        )

    def _entry(self, row: Mapping[str, Any], credit: Credit) -> Entry:
        if row["touch_id"] is not None:
            return self._touch(row, credit)
        match row["kind"]:
            case "conversion":
                return self._conversion(row, credit)
            case "refund":
                return self._line(row, "arrow-counter-clockwise", self._say("Refunded"), self._money(row), "bad.fill")
            case "stage":
                where = " · ".join(str(part) for part in (row["stage"], row["pipeline"]) if part)
                return self._line(row, "funnel", self._say("CRM stage"), where)
            case _:
                return self._event(row)

    def _touch(self, row: Mapping[str, Any], credit: Credit) -> Entry:
        say, words, numbers = self._say, self._look.words, self._look.numbers
        told = credit.touches.get(row["touch_id"])
        is_view = row["event_type"] == "ad_impression"
        place = ", ".join(
            part for part in (row["city"], country_name(words, row["country"]) if row["country"] else "") if part
        )
        facts = [row["campaign"], row["path"], device_label(words, row["device"]), row["browser"], place]
        if row["is_synthetic"]:
            facts = [row["campaign"], say("no web visit")]
        elif is_view:
            facts = [row["campaign"], say("ad seen, not clicked")]
        if told is None and not credit.conversion:
            count, cash = row["credited_conversions"], row["credited_revenue"]
            told = TouchCredit(
                None,
                say("credit {n}", n=numbers.decimal(count, 2)) if count else "",
                numbers.money(cash, cents=True) if cash else "",
            )
        return Entry(
            row["id"],
            "touch",
            self._clock(row),
            value_label(words, row["channel"]),
            " · ".join(str(part) for part in (row["source"], row["medium"]) if part),
            " · ".join(str(part) for part in facts if part),
            channel=row["channel"],
            number=told.number if told else None,
            tag=say("Synthetic") if row["is_synthetic"] else "",
            credit=told.credit if told else "",
            amount=told.amount if told else "",
            record=row["id"],
        )

    def _conversion(self, row: Mapping[str, Any], credit: Credit) -> Entry:
        say = self._say
        icon, color = _GOAL_ICONS.get(str(row["goal"]), ("flag", "text.secondary"))
        money = self._money(row)
        parts = [say("deal {money}", money=money) if money and row["revenue_type"] == "pipeline" else money]
        if row["starts_at"] is not None:
            starts = local_time(row["starts_at"], self._zone)
            parts.append(say("for {moment}", moment=self._look.numbers.moment(starts)))
        title = self._goals.get(str(row["goal"]), str(row["goal"]))
        told = [str(row[name]) for name in ("calendar", "stage", "status", "source") if row[name]]
        parts += [text for text in told if text.casefold() != title.casefold()]
        return Entry(
            row["id"],
            "event",
            self._clock(row),
            title,
            " · ".join(part for part in parts if part),
            icon=icon,
            color=color,
            record=row["id"],
            conversion=row["id"],
            is_current=row["id"] == credit.conversion,
        )

    def _event(self, row: Mapping[str, Any]) -> Entry:
        say, kind = self._say, str(row["event_type"])
        if kind == "identify":
            kinds = ", ".join(say(IDENTIFIERS[name]) for name in row["identified_by"])
            return self._line(row, "fingerprint", say("Identified"), say("by {what}", what=kinds) if kinds else "")
        if kind in _FORMS:
            return self._line(row, "clipboard-text", say("Form sent"), str(row["detail"] or row["path"] or ""))
        if kind == "page_view":
            return self._line(row, "eye", say("Page view"), str(row["path"] or row["url"] or ""))
        name = self._goals.get(kind) or str(row["event_name"]).replace("_", " ").capitalize()
        detail = " · ".join(part for part in (str(row["detail"] or ""), self._money(row)) if part)
        return self._line(row, "play", name, detail)

    def _fold(self, rows: Sequence[Mapping[str, Any]]) -> Entry:
        """Quiet events of a visit as one line: how many pages, and which."""
        say, count = self._say, self._look.words.count
        pages = [row for row in rows if row["event_type"] == "page_view"]
        others = len(rows) - len(pages)
        titles: list[str] = []
        if pages:
            n = len(pages)
            titles.append(count(n, "One page view", "{n} page views", n=self._look.numbers.count(n)))
        if others:
            n = self._look.numbers.count(others)
            titles.append(count(others, "one other event", "{n} other events", n=n))
        paths = list(dict.fromkeys(str(row["path"]) for row in pages if row["path"]))
        shown = ", ".join(paths[:_PATHS_SHOWN]) + ("…" if len(paths) > _PATHS_SHOWN else "")
        parts = tuple(
            Entry(
                f"part:{row['id']}",
                "part",
                self._clock(row),
                say("Page view") if row["event_type"] == "page_view" else str(row["event_type"]).replace("_", " "),
                " · ".join(str(row[name]) for name in ("title", "path", "detail") if row[name]),
                record=row["id"],
            )
            for row in rows
        )
        title = ", ".join(titles)
        return Entry(
            f"fold:{rows[0]['id']}",
            "event",
            self._clock(rows[0]),
            title[:1].upper() + title[1:],
            shown,
            icon="eye",
            color="text.muted",
            parts=parts,
        )

    def _line(self, row: Mapping[str, Any], icon: str, title: str, detail: str, color: str = "text.secondary") -> Entry:
        return Entry(row["id"], "event", self._clock(row), title, detail, icon=icon, color=color, record=row["id"])

    def _day(self, day: date, before: date | None) -> Entry:
        numbers = self._look.numbers
        text = numbers.day(day, with_year=True, with_weekday=True)
        later = ""
        if before is not None and (n := (day - before).days) > 0:
            later = self._look.words.count(n, "one day later", "{n} days later", n=numbers.count(n))
        return Entry(f"day:{day.isoformat()}", "day", title=text, detail=later)

    def _at(self, row: Mapping[str, Any]) -> datetime:
        return local_time(row["event_time"], self._zone)

    def _clock(self, row: Mapping[str, Any]) -> str:
        return f"{self._at(row):%H:%M}"

    def _money(self, row: Mapping[str, Any]) -> str:
        """The amount in its currency, and in the profile's where that is another."""
        amount, currency, reporting = row["value_amount"], row["currency"], row["amount_reporting"]
        if amount is None:
            return ""
        numbers = self._look.numbers
        text = numbers.money(amount, cents=True, currency=currency)
        if reporting is not None and currency not in (None, numbers.currency):
            text = f"{numbers.money(reporting, cents=True)} ({text})"
        return text

"""What the cards of connections and providers show."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, cast

from app.demo_session import is_demo
from app.messages import explain
from app.status import local_time
from connectors import PROVIDERS
from engine.errors import AttribenchError, Code
from widgets.connection_card import CardView

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    import polars as pl

    from app.context import Context
    from engine.ingest.syncing import Connection

STRIP_DAYS = 30
_FRESH_HOURS = 26
_SIGNED_OUT = frozenset({Code.PROVIDER_LOGIN.value, Code.CONNECTION_SECRET.value})
_NO_PERMISSION = Code.PROVIDER_PERMISSION.value

# group -> what it brings, its providers
GROUPS = {
    "Ad platforms": ("meta", "google_ads", "x_ads"),
    "Payments, shop and CRM": ("stripe", "mercadopago", "shopify", "gohighlevel"),
    "Website and search": ("collector", "search_console", "exchange_rates"),
}
ICONS = {
    "meta": "infinity",
    "google_ads": "google-logo",
    "x_ads": "x",
    "stripe": "credit-card",
    "mercadopago": "currency-circle-dollar",
    "shopify": "tray",
    "gohighlevel": "address-book",
    "collector": "code",
    "search_console": "magnifying-glass",
    "exchange_rates": "arrows-clockwise",
}


@dataclass(frozen=True)
class Known:
    """What is known of the connections of a profile.

    Attributes:
        connections: all of them.
        standing: how each stands after its last sync.
        runs: the latest runs, newest first.
        rows: by connection, those it brought.
        activity: rows by connection and day.
    """

    connections: list[Connection]
    standing: pl.DataFrame
    runs: pl.DataFrame
    rows: Mapping[int, int]
    activity: pl.DataFrame

    def of(self, connection: Connection) -> dict[str, Any]:
        """How a connection stands; empty when it was never synced."""
        rows = self.standing.filter(self.standing["connection_id"] == connection.connection_id).to_dicts()
        return rows[0] if rows else {}

    def is_signed_out(self, connection: Connection) -> bool:
        """Whether its login does not work any more."""
        return code_of(self.of(connection)) in _SIGNED_OUT


def error_of(row: Mapping[str, Any]) -> AttribenchError | None:
    """The error of a run, or of how a connection stands."""
    facts = cast("dict[str, Any]", json.loads(row["error"])) if row.get("error") else {}
    try:
        code = Code(facts.pop("code", ""))
    except ValueError:
        return None
    return AttribenchError(code, **facts)


def code_of(row: Mapping[str, Any]) -> str:
    """The code of that error; empty without one."""
    error = error_of(row)
    return error.code.value if error is not None else ""


class Cards:
    """Makes the views.

    Args:
        context: of the window.
        known: of its profile.
    """

    def __init__(self, context: Context, known: Known) -> None:
        self._context = context
        self._look = context.look
        self._known = known

    def groups(self) -> dict[str, list[CardView]]:
        """By group: first what is connected, then the providers that are not."""
        connected = {each.provider for each in self._known.connections}
        grouped = {key for keys in GROUPS.values() for key in keys}
        others = tuple(key for key in PROVIDERS if key not in grouped)
        found: dict[str, list[CardView]] = {}
        for title, keys in {**GROUPS, "Others": others}.items():
            views = [self.connected(each) for each in self._known.connections if each.provider in keys]
            views += [self.offered(key) for key in keys if key in PROVIDERS and key not in connected]
            if views:
                found[title] = views
        return found

    def offered(self, key: str) -> CardView:
        """A provider that is not connected."""
        provider, say = PROVIDERS[key], self._look.say
        return CardView(
            key,
            ICONS.get(key, "link"),
            provider.name,
            say("Not connected"),
            text=say(provider.brings),
            action=say("Connect"),
            is_connected=False,
        )

    def connected(self, connection: Connection) -> CardView:
        """A connection as it stands."""
        context, say, numbers = self._context, self._look.say, self._look.numbers
        stands = self._known.of(connection)
        fraction = context.syncs.fraction(context.profile, connection.name)
        tag, tone, text, action = self._state(connection, stands)
        if fraction is not None:
            tag, tone, action = say("Syncing"), "info", say("Stop")
            text = say("{share} fetched", share=numbers.percent(100 * fraction, 0))
        pause = ("resume", say("Resume")) if connection.is_paused else ("pause", say("Pause"))
        own = is_demo(connection)
        if own and not text:
            text = say("The demo's own: it needs no login, and has told everything.")
        login = [
            ("reconnect", say("Reconnect…")),
            ("accounts", say("Choose accounts…")),
            ("backfill", say("Fetch earlier history…")),
        ]
        menu = [
            ("sync", say("Sync now")),
            pause,
            *([] if own else login),
            ("-", ""),
            ("disconnect", say("Disconnect, keep its data")),
            ("remove", say("Disconnect and remove its data…")),
        ]
        return CardView(
            connection.name,
            ICONS.get(connection.provider, "link"),
            connection.name,
            say("Demo") if own else self._accounts(connection),
            tag,
            tone,
            self._strip(connection),
            say("{n} rows", n=numbers.count(self._known.rows.get(connection.connection_id, 0))),
            self._times(connection, stands),
            text,
            action,
            menu,
            fraction,
        )

    def _state(self, connection: Connection, stands: Mapping[str, Any]) -> tuple[str, str, str, str]:
        """Tag, its tone, more words, and what to do."""
        say = self._look.say
        if connection.is_paused:
            return say("Paused"), "", say("Not synced until it is resumed."), say("Resume")
        if not stands:
            return say("Not synced yet"), "info", say("Nothing was fetched yet."), say("Sync now")
        error = error_of(stands)
        if stands["outcome"] == "failed" and error is not None:
            told = explain(error, self._look.words)
            if error.code.value in _SIGNED_OUT:
                return say("Signed out"), "bad", told, say("Reconnect")
            if error.code.value == _NO_PERMISSION:
                return say("No permission"), "bad", told, say("Reconnect")
            if stands["failed"] == stands["streams"]:
                return say("Failed"), "bad", told, say("Sync now")
            return say("Partial"), "warn", told, say("Sync now")
        if stands["outcome"] in {"cancelled", "interrupted"}:
            return say("Stopped"), "warn", say("The next sync goes on from there."), say("Sync now")
        done = stands["done_at"]
        now = self._context.workspace.clock().astimezone(UTC).replace(tzinfo=None)
        if done is not None and now - done > timedelta(hours=_FRESH_HOURS):
            return say("Old"), "warn", say("What happened since the last sync is missing."), say("Sync now")
        since = None if is_demo(connection) else connection.settings.get("since")
        first = self._day(since) if since else ""
        return say("Fresh"), "good", say("History since {day}", day=first) if first else "", ""

    def _accounts(self, connection: Connection) -> str:
        """Which provider and which of its accounts."""
        provider = PROVIDERS[connection.provider]
        chosen = [each.strip() for each in str(connection.settings.get("accounts") or "").split(",") if each.strip()]
        place = str(connection.settings.get("shop") or connection.settings.get("place") or "")
        if len(chosen) == 1:
            place = chosen[0]
        elif chosen:
            place = self._look.say("{n} accounts", n=self._look.numbers.count(len(chosen)))
        named = [] if connection.name == provider.name else [provider.name]
        return " · ".join([*named, place] if place else named or [provider.name])

    def _strip(self, connection: Connection) -> list[int | None]:
        activity = self._known.activity
        days = activity.filter(activity["connection_id"] == connection.connection_id)
        by_day = dict(zip(days["day"].to_list(), days["rows"].to_list(), strict=True))
        first = self._context.about.today - timedelta(days=STRIP_DAYS - 1)
        return [by_day.get(first + timedelta(days=number)) for number in range(STRIP_DAYS)]

    def _times(self, connection: Connection, stands: Mapping[str, Any]) -> str:
        """When it was last fetched, and when it will be again."""
        done = self.moment(stands["done_at"]) if stands and stands["done_at"] is not None else ""
        next_at = self._context.syncs.standing(self._context.profile).next_at
        if connection.is_paused or next_at is None or next_at.year < 2000:
            return done
        following = self.moment(next_at.replace(tzinfo=None))
        if not done:
            return self._look.say("next {next}", next=following)
        return self._look.say("{done}, next {next}", done=done, next=following)

    def moment(self, moment: datetime) -> str:
        """A moment (UTC, without an offset) in the profile's zone: its time alone when it is of today."""
        zone = self._context.about.settings.timezone
        local = local_time(moment, zone)
        if local.date() == self._context.about.today:
            return f"{local:%H:%M}"
        return self._look.numbers.moment(local)

    def _day(self, told: object) -> str:
        from datetime import date

        try:
            day: date = date.fromisoformat(str(told))
        except ValueError:
            return ""
        return self._look.numbers.day(day, with_year=True)

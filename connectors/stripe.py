"""Stripe: what is asked for, in which order, and from where it goes on.

Facts: API version 2026-10-28.endive. Lists go newest first and know no "updated since", so each kind of object is
fetched by the time it was created, in spans, with some days' overlap; what changed later is learned from the events of
the last 30 days. Who did not ask for longer than that begins anew. https://docs.stripe.com/api,
https://docs.stripe.com/rate-limits
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, cast

from connectors.base import Health, Login, Provider, Setting, Stream, lost
from connectors.http import Answer, Fail, UsualSignals, Verdict, Wait, bearer, retry_after, stamp, told_at
from connectors.paging import gathered
from connectors.stripe_rows import (
    Object,
    charge_rows,
    customer_rows,
    dict_of,
    dispute_rows,
    intent_rows,
    refund_rows,
    session_rows,
)
from engine.errors import AttribenchError, Code
from engine.schema.batch import Batch, ProviderObject, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from connectors.http import Http
    from engine.task import Task

VERSION = "2026-10-28.endive"
_BASE = "https://api.stripe.com"
_PER_SECOND = 20  # the sandbox allows 25 (live 100)
_PAGE = 100
_SPAN = 30 * 86_400  # seconds of a span of creation
_OVERLAP = 3 * 86_400  # what is created now may still settle
_EVENTS = "/v1/events"
_EVENTS_REACH = 29 * 86_400  # Stripe keeps 30 days
_EVENTS_SPAN = 86_400
_EVENTS_OVERLAP = 3_600
# What changes a row; Stripe takes up to 20 types.
_EVENT_TYPES = (
    *("charge.captured", "charge.failed", "charge.refunded", "charge.succeeded", "charge.updated"),
    *("charge.dispute.closed", "charge.dispute.created", "charge.dispute.updated"),
    *("charge.dispute.funds_reinstated", "charge.dispute.funds_withdrawn"),
    *("charge.refund.updated", "refund.created", "refund.failed", "refund.updated"),
    *("checkout.session.async_payment_succeeded", "checkout.session.completed", "payment_intent.succeeded"),
    *("customer.created", "customer.deleted", "customer.updated"),
)


class StripeSignals(UsualSignals):
    """Stripe says itself whether to try again."""

    request_headers = ("request-id",)

    def judge(self, answer: Answer) -> Verdict:
        told = answer.headers.get("stripe-should-retry")
        if told == "true":
            return Wait(retry_after(answer), self.detail(answer))
        verdict = super().judge(answer)
        if told == "false" and isinstance(verdict, Wait):
            return Fail(Code.PROVIDER_REFUSED, {"status": answer.status, "detail": self.detail(answer)})
        return verdict

    def permission(self, answer: Answer) -> str:
        error = dict_of(dict_of(answer.body).get("error"))
        return str(error.get("param") or error.get("code") or "read access to this resource")


# -- streams ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A kind of object: path, name of its type, and its rows."""

    path: str
    type: str
    title: str
    rows: Callable[[Object], list[Row]]


KINDS = (
    Kind("/v1/customers", "customer", "Customers", customer_rows),
    Kind("/v1/charges", "charge", "Charges", charge_rows),
    Kind("/v1/payment_intents", "payment_intent", "Payment intents", intent_rows),
    Kind("/v1/checkout/sessions", "checkout.session", "Checkout sessions", session_rows),
    Kind("/v1/refunds", "refund", "Refunds", refund_rows),
    Kind("/v1/disputes", "dispute", "Disputes", dispute_rows),
)
_ROWS = {kind.type: kind.rows for kind in KINDS}


Read = dict[str, tuple[int, int]]
"""What lists told in this sync, by type: all that was created since (seconds), as it was then (Stripe's clock)."""


class CreatedStream:
    """One kind of object by the time it was created.

    State: ``until`` (seconds; everything created before was told), inside a span its ``end`` and the id ``after`` which
    its next page begins, and ``asked``, when that was: changes of what was told then are learned from events, which
    reach back so far only.
    """

    def __init__(self, http: Http, kind: Kind, since: date, now: datetime, read: Read) -> None:
        self.key = kind.type
        self.title = kind.title
        self._http = http
        self._kind = kind
        self._read = read
        self._since = stamp(datetime(since.year, since.month, since.day, tzinfo=UTC))
        self._now = stamp(now)

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield what was created from behind the state on."""
        is_known = self._now - int(state.get("asked", self._now)) <= _EVENTS_REACH
        return gathered(self._pages(dict(state) if is_known else {}, task))

    def _pages(self, state: dict[str, Any], task: Task) -> Iterator[Batch]:
        start = int(state.get("until", self._since))
        if "end" not in state and "until" in state:
            start = max(self._since, start - _OVERLAP)
        after = state.get("after")
        end = int(state.get("end", 0))
        first, read_from, read_at = start, end or start, 0
        while start < self._now:
            end = end or min(self._now, start + _SPAN)
            for page, last, at in self._span(start, end, after, task):
                read_at = read_at or at
                done = (start - first) / max(1, self._now - first)
                behind: dict[str, Any] = {"until": start, "end": end, "after": last, "asked": self._now}
                if last is None:
                    # With our clock ahead, what is created until then would never be asked for.
                    behind = {"until": min(end, at), "asked": self._now}
                yield self._batch(behind, page, done)
            start, end, after = end, 0, None
        if read_at:
            self._read[self._kind.type] = read_from, read_at

    def _span(
        self, start: int, end: int, after: str | None, task: Task
    ) -> Iterator[tuple[list[Object], str | None, int]]:
        """Pages, each with the id behind which the next one begins (None: that was all), and when it was told."""
        params: dict[str, Any] = {"limit": _PAGE, "created[gte]": start, "created[lt]": end}
        while True:
            if after:
                params["starting_after"] = after
            try:
                answer = self._http.get(self._kind.path, params, task=task)
            except AttribenchError as error:
                # The object the page begins after is gone: the span again, rows that are known stay known.
                if after is None or error.code not in {Code.PROVIDER_REFUSED, Code.PROVIDER_MISSING}:
                    raise
                after = None
                params.pop("starting_after", None)
                continue
            page, has_more = _list(answer, self._http.provider)
            after = str(page[-1]["id"]) if has_more and page else None
            yield page, after, told_at(answer, self._now)
            if after is None:
                return

    def _batch(self, state: Mapping[str, Any], page: Sequence[Object], progress: float) -> Batch:
        type_, rows = self._kind.type, self._kind.rows
        objects = [ProviderObject(type_, str(each["id"]), each, bool(each.get("deleted"))) for each in page]
        return Batch(state, [row for each in page for row in rows(each)], objects, progress=min(1.0, progress))


class EventStream:
    """What changed lately, whenever it was created, day by day.

    State: ``until`` (seconds by Stripe's clock; every change before was told). Inside a day events come newest first,
    and only the latest one of an object counts: a day that breaks off begins anew. An event shows its object as it was
    then; one that a list has told since is left out.
    """

    key = "events"
    title = "Changes of the last 30 days"

    def __init__(self, http: Http, now: datetime, read: Read) -> None:
        self._http = http
        self._now = stamp(now)
        self._read = read

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield objects as their latest event tells them."""
        now = told_at(self._http.get(_EVENTS, {"limit": 1}, task=task), self._now)
        start = first = max(int(state.get("until", 0)) - _EVENTS_OVERLAP, now - _EVENTS_REACH)
        while start < now:
            end = min(now, start + _EVENTS_SPAN)
            done = (end - first) / (now - first)
            yield from gathered(self._span(start, end, done, task))
            start = end

    def _span(self, start: int, end: int, progress: float, task: Task) -> Iterator[Batch]:
        params: dict[str, Any] = {"limit": _PAGE, "created[gte]": start, "created[lt]": end, "types[]": _EVENT_TYPES}
        seen: set[tuple[str, str]] = set()
        has_more = True
        while has_more:
            page, has_more = _list(self._http.get(_EVENTS, params, task=task), self._http.provider)
            has_more = has_more and bool(page)
            objects: list[ProviderObject] = []
            for event in page:
                told = dict_of(dict_of(event.get("data")).get("object"))
                key = str(told.get("object", "")), str(told.get("id") or "")
                if key[0] not in _ROWS or not key[1] or key in seen:
                    continue
                seen.add(key)
                is_deleted = str(event.get("type", "")).endswith(".deleted")
                if is_deleted or not self._is_told(key[0], told, int(event["created"])):
                    objects.append(ProviderObject(*key, told, is_deleted))
            rows = [row for each in objects if not each.is_deleted for row in _ROWS[each.type](each.content)]
            yield Batch({"until": start + _EVENTS_OVERLAP if has_more else end}, rows, objects, progress=progress)
            if page:
                params["starting_after"] = page[-1]["id"]

    def _is_told(self, type_: str, told: Object, at: int) -> bool:
        """Whether a list told an object after it was as an event of that moment shows it."""
        read_from, read_at = self._read.get(type_, (0, 0))
        return at < read_at and int(told.get("created") or 0) >= read_from


class StripeSession:
    """An open connection to Stripe."""

    def __init__(self, login: Login) -> None:
        key = login.secrets["api_key"]
        self._login = login
        self._http = login.make_http(
            "Stripe",
            str(login.settings.get("base_url") or _BASE),
            signals=StripeSignals(),
            headers={**bearer(key), "Stripe-Version": VERSION},
            secrets=[key],
            per_second=_PER_SECOND,
        )

    def check(self, task: Task) -> Health:
        """Which kinds of objects the key may read."""
        missing: dict[str, str] = {}
        kinds = [(kind.path, kind.type, kind.title) for kind in KINDS]
        for path, type_, what in (*kinds, (_EVENTS, "event", lost("Later changes: disputes, refunds that fail"))):
            try:
                self._http.get(path, {"limit": 1}, task=task)
            except AttribenchError as error:
                if error.code is not Code.PROVIDER_PERMISSION:
                    raise
                missing[type_] = what
        return Health(missing=missing)

    def streams(self, task: Task) -> Sequence[Stream]:
        """Customers first, so that payments find them; changes last."""
        read: Read = {}
        created = [CreatedStream(self._http, kind, self._login.since, self._login.now, read) for kind in KINDS]
        return [*created, EventStream(self._http, self._login.now, read)]

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


PROVIDER = Provider(
    "stripe",
    "Stripe",
    "Payments, refunds, lost disputes, customers",
    (
        Setting(
            "api_key",
            "Restricted or secret key",
            "Developers, API keys: a restricted key that may read charges, payment intents, checkout sessions, "
            "refunds, disputes, customers and events.",
            is_secret=True,
        ),
    ),
    StripeSession,
)


def _list(answer: Answer, provider: str) -> tuple[list[Object], bool]:
    """The objects of a list, and whether there are more."""
    body = dict_of(answer.body)
    data = body.get("data")
    if body.get("object") != "list" or not isinstance(data, list):
        raise AttribenchError(
            Code.PROVIDER_ANSWER, provider=provider, detail="not a list of objects", request=answer.request_id or "–"
        )
    objects = [dict_of(each) for each in cast("list[Any]", data)]
    return [each for each in objects if "id" in each], bool(body.get("has_more"))

"""Stripe: payments by charge, payment intent and checkout session, refunds, disputes, customers.

Facts: API version 2026-10-28.endive. Lists go newest first and know no "updated since", so each kind of object is
fetched by the time it was created, in spans, with some days' overlap; what changed later is learned from the events of
the last 30 days. https://docs.stripe.com/api, https://docs.stripe.com/rate-limits
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, cast

from connectors.base import Health, Login, Provider, Setting, Stream
from connectors.http import Answer, Fail, UsualSignals, Verdict, Wait, bearer, retry_after, stamp
from connectors.money import from_minor
from connectors.paging import gathered
from engine.errors import AttribenchError, Code
from engine.schema.batch import Batch, ProviderObject, Row

if TYPE_CHECKING:
    from connectors.http import Http
    from engine.task import Task

VERSION = "2026-10-28.endive"
_BASE = "https://api.stripe.com"
_PER_SECOND = 20  # the sandbox allows 25 (live 100)
_PAGE = 100
_SPAN = 30 * 86_400  # seconds of a span of creation
_OVERLAP = 3 * 86_400  # what is created now may still settle
_EVENTS_REACH = 29 * 86_400  # Stripe keeps 30 days

Object = Mapping[str, Any]


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
        error = _dict(_dict(answer.body).get("error"))
        return str(error.get("param") or error.get("code") or "read access to this resource")


# -- rows ---------------------------------------------------------------------------------------------------------


def charge_rows(charge: Object) -> list[Row]:
    """A charge that succeeded is a payment."""
    if charge.get("status") != "succeeded" or not charge.get("paid"):
        return []
    billing = _dict(charge.get("billing_details"))
    email = billing.get("email") or charge.get("receipt_email")
    return [_payment(charge, charge["id"], charge["amount"], email, billing.get("phone"), billing.get("name"))]


def intent_rows(intent: Object) -> list[Row]:
    """A payment intent that succeeded is the payment its charge tells of."""
    if intent.get("status") != "succeeded":
        return []
    return [
        _payment(intent, intent["id"], intent.get("amount_received") or intent["amount"], intent.get("receipt_email"))
    ]


def session_rows(session: Object) -> list[Row]:
    """A paid checkout session tells who paid and where they came from; its payment is the payment intent's."""
    if session.get("payment_status") != "paid" or not session.get("amount_total"):
        return []
    details = _dict(session.get("customer_details"))
    row = _payment(
        session, session["id"], session["amount_total"], details.get("email"), details.get("phone"), details.get("name")
    )
    reference = session.get("client_reference_id")
    return [Row(row.kind, {**row.fields, **({"anonymous_id": reference} if reference else {})})]


def refund_rows(refund: Object) -> list[Row]:
    """A refund that succeeded takes cash back on its own day (T3)."""
    if refund.get("status") not in {"succeeded", None}:
        return []
    return [
        Row(
            "conversions",
            {
                "conversion_id": refund["id"],
                "time": refund["created"],
                "event_type": "refund",
                "value_amount": from_minor(refund["amount"], refund["currency"]),
                "currency": refund["currency"].upper(),
                "refund_of": _id(refund.get("payment_intent")) or _id(refund.get("charge")),
                "source": "stripe",
                "status": refund.get("status"),
            },
        )
    ]


def dispute_rows(dispute: Object) -> list[Row]:
    """A lost dispute takes cash back; an open one does not yet."""
    if dispute.get("status") != "lost":
        return []
    return [
        Row(
            "conversions",
            {
                "conversion_id": dispute["id"],
                "time": dispute["created"],
                "event_type": "dispute_lost",
                "value_amount": from_minor(dispute["amount"], dispute["currency"]),
                "currency": dispute["currency"].upper(),
                "refund_of": _id(dispute.get("payment_intent")) or _id(dispute.get("charge")),
                "source": "stripe",
                "status": dispute["status"],
            },
        )
    ]


def customer_rows(customer: Object) -> list[Row]:
    """Who a customer id is."""
    if customer.get("deleted"):
        return []
    first, last = _names(customer.get("name"))
    told = {
        "stripe_customer_id": customer["id"],
        "email": customer.get("email"),
        "phone": customer.get("phone"),
        "first_name": first,
        "last_name": last,
        "source": "stripe",
        "time": customer.get("created"),
    }
    return [Row("people", {name: value for name, value in told.items() if value})]


def _payment(told: Object, conversion_id: str, amount: int, email: Any, phone: Any = None, name: Any = None) -> Row:
    metadata = _dict(told.get("metadata"))
    first, last = _names(name)
    currency = str(told["currency"])
    fields: dict[str, Any] = {
        "conversion_id": conversion_id,
        "time": told["created"],
        "event_type": "payment_received",
        "value_amount": from_minor(amount, currency),
        "currency": currency.upper(),
        "revenue_type": "cash",
        # A charge without an intent is a payment of its own; an intent is the payment its charge and session name.
        "payment_id": _id(told.get("payment_intent")) or conversion_id,
        "email": email,
        "phone": phone,
        "stripe_customer_id": _id(told.get("customer")),
        "first_name": first,
        "last_name": last,
        "order_id": metadata.get("order_id"),
        "checkout_token": metadata.get("checkout_token"),
        "anonymous_id": metadata.get("anonymous_id"),
        "source": "stripe",
        "status": told.get("status"),
        **{
            name: metadata.get(name)
            for name in ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "gclid")
        },
    }
    return Row("conversions", {name: value for name, value in fields.items() if value not in {None, ""}})


# -- streams ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Kind:
    """A kind of object: path, name of its type, and its rows."""

    path: str
    type: str
    title: str
    rows: Callable[[Object], list[Row]]


KINDS = (
    _Kind("/v1/customers", "customer", "Customers", customer_rows),
    _Kind("/v1/charges", "charge", "Charges", charge_rows),
    _Kind("/v1/payment_intents", "payment_intent", "Payment intents", intent_rows),
    _Kind("/v1/checkout/sessions", "checkout.session", "Checkout sessions", session_rows),
    _Kind("/v1/refunds", "refund", "Refunds", refund_rows),
    _Kind("/v1/disputes", "dispute", "Disputes", dispute_rows),
)
_ROWS = {kind.type: kind.rows for kind in KINDS}


class CreatedStream:
    """One kind of object by the time it was created.

    State: ``until`` (seconds; everything created before was told), and inside a span its ``end`` and the id ``after``
    which its next page begins.
    """

    def __init__(self, http: Http, kind: _Kind, since: date, now: datetime) -> None:
        self.key = kind.type
        self.title = kind.title
        self._http = http
        self._kind = kind
        self._since = stamp(datetime(since.year, since.month, since.day, tzinfo=UTC))
        self._now = stamp(now)

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield what was created from behind the state on."""
        return gathered(self._pages(dict(state), task))

    def _pages(self, state: dict[str, Any], task: Task) -> Iterator[Batch]:
        start = int(state.get("until", self._since))
        if "end" not in state and "until" in state:
            start = max(self._since, start - _OVERLAP)
        after = state.get("after")
        end = int(state.get("end", 0))
        first = start
        while start < self._now:
            end = end or min(self._now, start + _SPAN)
            for page, last, is_end in self._span(start, end, after, task):
                done = (start - first) / max(1, self._now - first)
                if is_end:
                    behind: dict[str, Any] = {"until": end}
                else:
                    behind = {"until": start, "end": end, "after": last}
                yield _batch(behind, page, self._kind.type, self._kind.rows, done)
            start, end, after = end, 0, None

    def _span(self, start: int, end: int, after: str | None, task: Task) -> Iterator[tuple[list[Object], str, bool]]:
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
            after = str(page[-1]["id"]) if page else None
            yield page, after or "", not (has_more and page)
            if not has_more or not page:
                return


class EventStream:
    """What changed lately, whenever it was created. State: ``until`` as for creation."""

    key = "events"
    title = "Changes of the last 30 days"

    def __init__(self, http: Http, now: datetime) -> None:
        self._http = http
        self._now = stamp(now)

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield objects as their latest event tells them."""
        start = max(int(state.get("until", 0)) - 3_600, self._now - _EVENTS_REACH)
        params: dict[str, Any] = {"limit": _PAGE, "created[gte]": start, "created[lt]": self._now}
        latest: dict[tuple[str, str], tuple[int, Object, bool]] = {}
        while True:
            page, has_more = _list(self._http.get("/v1/events", params, task=task), self._http.provider)
            for event in page:
                told = _dict(_dict(event.get("data")).get("object"))
                type_ = str(told.get("object", ""))
                if type_ not in _ROWS or not told.get("id"):
                    continue
                key = type_, str(told["id"])
                is_deleted = str(event.get("type", "")).endswith(".deleted")
                if key not in latest or latest[key][0] < int(event["created"]):
                    latest[key] = int(event["created"]), told, is_deleted
            if not has_more or not page:
                break
            params["starting_after"] = page[-1]["id"]
        objects = [
            ProviderObject(type_, id_, told, is_deleted) for (type_, id_), (_, told, is_deleted) in latest.items()
        ]
        rows = [row for each in objects if not each.is_deleted for row in _ROWS[each.type](each.content)]
        yield Batch({"until": self._now}, rows, objects, progress=1.0)


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
        for kind in KINDS:
            try:
                self._http.get(kind.path, {"limit": 1}, task=task)
            except AttribenchError as error:
                if error.code is not Code.PROVIDER_PERMISSION:
                    raise
                missing[kind.type] = kind.title
        return Health(missing=missing)

    def streams(self, task: Task) -> Sequence[Stream]:
        """Customers first, so that payments find them; changes last."""
        created = [CreatedStream(self._http, kind, self._login.since, self._login.now) for kind in KINDS]
        return [*created, EventStream(self._http, self._login.now)]

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


def _batch(
    state: Mapping[str, Any],
    page: Sequence[Object],
    type_: str,
    rows: Callable[[Object], list[Row]],
    progress: float,
) -> Batch:
    objects = [ProviderObject(type_, str(each["id"]), each, bool(each.get("deleted"))) for each in page]
    return Batch(state, [row for each in page for row in rows(each)], objects, progress=min(1.0, progress))


def _list(answer: Answer, provider: str) -> tuple[list[Object], bool]:
    """The objects of a list, and whether there are more."""
    body = _dict(answer.body)
    data = body.get("data")
    if body.get("object") != "list" or not isinstance(data, list):
        raise AttribenchError(
            Code.PROVIDER_ANSWER, provider=provider, detail="not a list of objects", request=answer.request_id or "–"
        )
    objects = [_dict(each) for each in cast("list[Any]", data)]
    return [each for each in objects if "id" in each], bool(body.get("has_more"))


def _id(value: Any) -> str | None:
    """The id of a reference, expanded or not."""
    if isinstance(value, Mapping):
        value = cast("Mapping[str, Any]", value).get("id")
    return str(value) if value else None


def _dict(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _names(name: Any) -> tuple[str | None, str | None]:
    first, _, last = str(name or "").strip().partition(" ")
    return first or None, last.strip() or None

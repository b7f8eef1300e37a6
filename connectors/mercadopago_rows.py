"""Rows of Mercado Pago's payments: the payment, its refunds, a lost chargeback, and who paid.

Facts: amounts are decimals in the payment's own currency, times carry an offset, and a payment's statuses are those of
the OpenAPI document (schema Payment). A chargeback is ``in_process``, ``settled`` (lost) or ``reimbursed`` (won):
https://www.mercadopago.com.ar/developers/en/docs/checkout-pro/additional-content/chargebacks/how-to-manage

Every row tells ``as_of``, the payment's last change: what is told later counts, in whatever order it arrives. A row
that once was money and is none any more is told again under its id with an event type that is no goal's.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, cast

from engine.schema.batch import Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Object = dict[str, Any]

_SOURCE = "mercadopago"
_APPROVED = "approved"
_CHARGED_BACK = "charged_back"
# The money came in; what of it went out again is told by refunds and chargebacks. In mediation it is only held.
_CASH = frozenset({_APPROVED, "refunded", _CHARGED_BACK, "in_mediation"})
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")

# Sites and their currencies. The document's list of sites; the others by their country (ISO 4217).
_CURRENCIES = {
    "MLA": "ARS",
    "MLB": "BRL",
    "MLM": "MXN",
    "MLC": "CLP",
    "MCO": "COP",
    "MPE": "PEN",
    "MLU": "UYU",
    "MBO": "BOB",
    "MPY": "PYG",
    "MCR": "CRC",
    "MRD": "DOP",
    "MHN": "HNL",
    "MNI": "NIO",
    "MGT": "GTQ",
    "MLV": "VES",
    "MEC": "USD",
}


@dataclass(frozen=True)
class Reading:
    """How an account's payments are read.

    Attributes:
        reference: the field that ``external_reference`` goes to; empty when it means nothing here.
        left_out: operation types that are no sales.
        collector: id of the account; payments to others are not its own. Empty when unknown.
        currency: of the account's site, for a payment that names none.
    """

    reference: str = "order_id"
    left_out: frozenset[str] = frozenset()
    collector: str = ""
    currency: str = ""


def site_currency(site: str) -> str:
    """The currency of a site (``MLA``), or an empty text."""
    return _CURRENCIES.get(site.upper(), "")


def is_own(payment: Object, reading: Reading) -> bool:
    """Whether the account was paid; searches also bring what it paid to others."""
    collector = _text(payment.get("collector_id"))
    return not reading.collector or not collector or collector == reading.collector


def lacks_refunds(payment: Object) -> bool:
    """Whether more was refunded than the payment itself lists."""
    told = amount_of(payment.get("transaction_amount_refunded")) or Decimal(0)
    return told > refunded(dicts(payment.get("refunds")))


def is_lost(payment: Object) -> bool:
    """Whether a chargeback took the payment away for good."""
    return payment.get("status") == _CHARGED_BACK and payment.get("status_detail") == "settled"


def refunded(refunds: Sequence[Object]) -> Decimal:
    """The sum of what was given back."""
    return sum(
        (amount_of(each.get("amount")) or Decimal(0) for each in refunds if _has_happened(each)), start=Decimal(0)
    )


def payment_rows(
    payment: Object, refunds: Sequence[Object], chargebacks: Sequence[Object], reading: Reading
) -> list[Row]:
    """What a payment tells.

    Args:
        payment: as it came.
        refunds: all there are of it.
        chargebacks: those of it, where it is lost and they may be read.
        reading: of the account.
    """
    amount = amount_of(payment.get("transaction_amount"))
    if amount is None or amount <= 0 or payment.get("operation_type") in reading.left_out:
        return []
    common = {
        "source": _SOURCE,
        "status": payment.get("status"),
        "payment_id": _text(payment["id"]),
        "as_of": payment.get("date_last_updated"),
    }
    currency = _text(payment.get("currency_id")).upper() or reading.currency
    paid_at = payment.get("date_approved") or (
        payment.get("date_created") if payment.get("status") == _APPROVED else None
    )
    people = _person(payment)
    if not paid_at:
        return [_row("people", {**people, "source": _SOURCE, "time": payment.get("date_created")})] if people else []
    told = {**common, "conversion_id": _payment_id(payment), "time": paid_at}
    if payment.get("status") not in _CASH:
        return [_row("conversions", {**told, **people, "event_type": f"payment_{payment.get('status')}"})]
    rows = [
        _row(
            "conversions",
            {
                **told,
                **people,
                **_links(payment, reading),
                "event_type": "payment_received",
                "value_amount": _plain(amount),
                "currency": currency,
                "revenue_type": "cash",
            },
        )
    ]
    rows += [row for each in refunds for row in _refund(each, payment, common, currency)]
    if payment.get("status") == _CHARGED_BACK:
        rows += _chargeback(payment, chargebacks, amount - refunded(refunds), common, currency)
    return rows


def amount_of(value: Any) -> Decimal | None:
    """An amount as it came, a number or a text."""
    if value is None or isinstance(value, bool):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def dicts(value: Any) -> list[Object]:
    """The objects of a list, or one object that stands for a list of it."""
    if isinstance(value, dict):
        return [cast("Object", value)]
    return [cast("Object", each) for each in cast("list[Any]", value) if isinstance(each, dict)] if value else []


def dict_of(value: Any) -> Object:
    """An object, empty where there is none."""
    return cast("Object", value) if isinstance(value, dict) else {}


# -- inside -------------------------------------------------------------------------------------------------------


def _refund(refund: Object, payment: Object, common: Mapping[str, Any], currency: str) -> list[Row]:
    """A refund takes cash back on its own day (T3); one that was turned down takes nothing."""
    status = refund.get("status")
    amount = amount_of(refund.get("amount"))
    at = refund.get("date_created")
    if not refund.get("id") or not amount or not at:
        return []
    told = {**common, "conversion_id": f"mp_refund_{_text(refund['id'])}", "time": at, "status": status}
    if not _has_happened(refund):
        is_final = status in {"rejected", "cancelled"}
        return [_row("conversions", {**told, "event_type": f"refund_{status}"})] if is_final else []
    money = {"value_amount": _plain(amount), "currency": currency}
    return [_row("conversions", {**told, **money, "event_type": "refund", "refund_of": _payment_id(payment)})]


def _chargeback(
    payment: Object, chargebacks: Sequence[Object], left: Decimal, common: Mapping[str, Any], currency: str
) -> list[Row]:
    """A lost chargeback takes back what refunds left; an open one nothing yet; a won one gives it back."""
    told = {**common, "conversion_id": f"mp_chargeback_{_text(payment['id'])}", "status": payment.get("status_detail")}
    is_won = payment.get("status_detail") == "reimbursed" or any(
        each.get("coverage_applied") is True for each in chargebacks
    )
    at = next(
        (
            each[name]
            for each in chargebacks
            for name in ("date_created", "date_last_updated", "last_updated")
            if each.get(name)
        ),
        payment.get("date_last_updated"),
    )
    if is_won:
        return [_row("conversions", {**told, "time": at, "event_type": "chargeback_reimbursed"})]
    if not is_lost(payment) or left <= 0:
        return []
    # One that names several payments tells the sum of them all.
    own = [amount_of(each.get("amount")) for each in chargebacks if len(_payments_of(each)) <= 1]
    sums = [amount for amount in own if amount]
    lost = min(left, sum(sums, start=Decimal(0))) if sums and len(sums) == len(chargebacks) else left
    money = {"value_amount": _plain(lost), "currency": currency, "refund_of": _payment_id(payment)}
    return [_row("conversions", {**told, **money, "time": at, "event_type": "chargeback"})]


def _payments_of(chargeback: Object) -> list[Any]:
    told = chargeback.get("payments")
    return cast("list[Any]", told) if isinstance(told, list) else []


def _person(payment: Object) -> dict[str, Any]:
    """Who paid, where the payment tells; the name on a card may be somebody else's."""
    payer = dict_of(payment.get("payer"))
    more = dict_of(dict_of(payment.get("additional_info")).get("payer"))
    phone = next(
        (
            _text(each.get("area_code")) + _text(each.get("number"))
            for each in (dict_of(payer.get("phone")), dict_of(more.get("phone")))
            if _text(each.get("number"))
        ),
        "",
    )
    email = _text(payer.get("email"))
    told = {
        "mercadopago_payer_id": _text(payer.get("id")),
        "email": email if "@" in email else "",  # masked addresses (XXXX) are nobody's
        "phone": phone,
    }
    if not any(told.values()):
        return {}
    names = {name: _text(payer.get(name)) or _text(more.get(name)) for name in ("first_name", "last_name")}
    return {**told, **names}


def _links(payment: Object, reading: Reading) -> dict[str, Any]:
    """What ties a payment to orders, checkouts, devices and campaigns: the shop's own words in its metadata first."""
    metadata = dict_of(payment.get("metadata"))
    names = ("order_id", "checkout_token", "anonymous_id", "gclid", *_UTM)
    told = {name: _text(metadata.get(name)) for name in names}
    if reading.reference and not told.get(reading.reference):
        told[reading.reference] = _text(payment.get("external_reference"))
    return told


def _has_happened(refund: Object) -> bool:
    return refund.get("status") in {_APPROVED, None}


def _payment_id(payment: Object) -> str:
    return f"mp_payment_{_text(payment['id'])}"


def _row(kind: str, fields: Mapping[str, Any]) -> Row:
    return Row(kind, {name: value for name, value in fields.items() if value not in {None, ""}})


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _plain(amount: Decimal) -> str:
    return f"{amount:f}"

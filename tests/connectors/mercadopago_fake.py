"""Mercado Pago on this machine: a search by last change with offsets, refunds and chargebacks of a payment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from tests.connectors.harness import Fake, reply

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    import httpx

ARGENTINA = timezone(timedelta(hours=-3))
USER = 241983636


def written(moment: datetime) -> str:
    """A time as Mercado Pago writes it."""
    return moment.astimezone(ARGENTINA).isoformat(timespec="milliseconds")


def failing(status: int, message: str, code: int | None = None) -> httpx.Response:
    """An error as Mercado Pago words it."""
    cause = [{"code": code, "description": message}] if code else []
    return reply({"status": status, "error": "an_error", "message": message, "cause": cause}, status)


class FakeMercadoPago(Fake):
    """Holds payments by id.

    Attributes:
        deepest: the largest offset and limit together, or None.
        most: payments of a page at most.
        hides_most: pages are said to be as long as asked for.
        hides_refunds: searches leave ``refunds`` out.
        forbidden: paths that answer 403.
        date: its clock, as a header.
        after: called with the number of payments of every page.
    """

    def __init__(self, token: str = f"APP_USR-4934588586838432-secret-{USER}") -> None:
        super().__init__()
        self.token = token
        self.payments: dict[int, dict[str, Any]] = {}
        self.chargebacks: list[dict[str, Any]] = []
        self.deepest: int | None = None
        self.most = 1_000
        self.hides_most = False
        self.hides_refunds = False
        self.forbidden: set[str] = set()
        self.after: Callable[[int], None] | None = None
        self.date = ""
        self.routes = [
            ("GET", "/users/me", self._me),
            ("GET", "/v1/payments/search", self._search),
            ("GET", r"/v1/payments/(\d+)/refunds", self._refunds),
            ("GET", "/v1/chargebacks/search", self._chargebacks),
        ]

    def pay(self, number: int, paid: datetime, amount: float = 100.5, **fields: Any) -> dict[str, Any]:
        """An approved payment."""
        made: dict[str, Any] = {
            "id": number,
            "date_created": written(paid - timedelta(seconds=3)),
            "date_approved": written(paid),
            "date_last_updated": written(paid),
            "operation_type": "regular_payment",
            "status": "approved",
            "status_detail": "accredited",
            "currency_id": "ARS",
            "collector_id": USER,
            "transaction_amount": amount,
            "transaction_amount_refunded": 0,
            "external_reference": f"ORDER-{number}",
            "metadata": {},
            "payer": {
                "id": str(9_000_000 + number),
                "email": f"payer{number}@mail.example",
                "first_name": "Pat",
                "last_name": f"Payer{number}",
                "phone": {"area_code": "11", "number": f"4{number % 10_000_000:07d}", "extension": None},
            },
            "refunds": [],
            **fields,
        }
        self.payments[number] = made
        return made

    def refund(self, number: int, refund_id: int, at: datetime, amount: float, status: str = "approved") -> None:
        """Give a part of a payment back."""
        payment = self.payments[number]
        refunds: list[dict[str, Any]] = [
            *payment["refunds"],
            {"id": refund_id, "payment_id": number, "amount": amount, "date_created": written(at), "status": status},
        ]
        given = sum(each["amount"] for each in refunds if each["status"] == "approved")
        is_whole = given >= payment["transaction_amount"]
        self.change(
            number,
            at,
            refunds=refunds,
            transaction_amount_refunded=given,
            status="refunded" if is_whole else "approved",
            status_detail="refunded" if is_whole else "partially_refunded",
        )

    def change(self, number: int, at: datetime, **fields: Any) -> None:
        """Change a payment."""
        self.payments[number] = {**self.payments[number], **fields, "date_last_updated": written(at)}

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return failing(401, "invalid access token")
        if request.url.path in self.forbidden:
            return failing(403, "At least one policy returned UNAUTHORIZED.")
        response = super().answer(request)
        if self.date:
            response.headers["date"] = self.date
        return response

    def _me(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        return reply({"id": USER, "nickname": "TIENDA", "site_id": "MLA"})

    def _search(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        told = dict(request.url.params)
        if not {"sort", "criteria"} <= set(told):
            return failing(400, "Params Error.", 1)
        for name in ("begin_date", "end_date"):
            if name in told and not _is_date(told[name]):
                return failing(400, "Date format must be yyyy-MM-dd'T'HH:mm:ss.SSSZ.", 1001)
        first, last = _moment(told.get("begin_date", "2000")), _moment(told.get("end_date", "2100"))
        rows = [each for each in self.payments.values() if first <= _moment(each["date_last_updated"]) <= last]
        rows.sort(key=lambda each: (_moment(each["date_last_updated"]), each["id"]))
        limit, offset = min(self.most, int(told.get("limit", 30))), int(told.get("offset", 0))
        if self.deepest is not None and offset + limit > self.deepest:
            return failing(400, "Number of rows exceeded the limits.", 1000)
        page = rows[offset : offset + limit]
        if self.hides_refunds:
            page = [{name: value for name, value in each.items() if name != "refunds"} for each in page]
        limit = int(told.get("limit", 30)) if self.hides_most else limit
        response = reply({"paging": {"total": len(rows), "limit": limit, "offset": offset}, "results": page})
        if self.after is not None:
            self.after(len(page))
        return response

    def _refunds(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        payment = self.payments.get(int(found[1]))
        return reply(payment["refunds"]) if payment else failing(404, "Payment not found", 2000)

    def _chargebacks(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        wanted = int(request.url.params.get("payment_id", 0))
        results = [each for each in self.chargebacks if wanted in each["payments"]]
        return reply({"paging": {"total": len(results), "limit": 25, "offset": 0}, "results": results})


def _is_date(text: str) -> bool:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").tzinfo is not None
    except ValueError:
        return False


def _moment(text: str) -> datetime:
    if len(text) == 4:
        return datetime(int(text), 1, 1, tzinfo=UTC)
    return datetime.fromisoformat(text)

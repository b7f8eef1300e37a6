"""Shopify's streams: customers and orders by when they last changed, orders of long ago by bulk operations.

Facts: https://shopify.dev/docs/api/admin-graphql/2026-07/queries/orders (search by ``updated_at``, order by
UPDATED_AT), https://shopify.dev/docs/api/usage/bulk-operations/queries.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.census import Census, told_after, withdrawn
from connectors.http import stamp
from connectors.paging import gathered
from connectors.shopify_bulk import History
from connectors.shopify_queries import (
    COUNT,
    CUSTOMER,
    KNOWN_BY_ID,
    ORDER,
    ORDERS_BY_ID,
    TOO_DEAR,
    as_dict,
    as_list,
    page_query,
)
from connectors.shopify_rows import customer_row, instant, is_waiting, iso, number_of, order_rows
from engine.errors import AttribenchError, Code
from engine.schema.batch import Batch, ProviderObject, Row

if TYPE_CHECKING:
    from connectors.http import Http
    from engine.task import Task

Object = Mapping[str, Any]

_PAGES = {"orders": 20, "customers": 100}  # objects a page at first; fewer where that costs too much
_OVERLAP = timedelta(hours=1)  # the search may lag behind, and its times are whole seconds
_BULK_FROM = 1_000  # orders: fewer are fetched page by page
_WAITING = 200  # orders whose journey is asked for again
_WAITED = timedelta(days=7)
# Without `read_all_orders` nothing older than 60 days is seen, deleted or not.
_WATCHED = timedelta(days=50)
_COMPARED = timedelta(hours=20)
_ASKED = 250  # ids in a query


@dataclass(frozen=True)
class Client:
    """Asks one shop.

    Attributes:
        http: the way there.
        path: of the GraphQL API.
        download: makes the way to another host, where bulk files are, without the shop's token.
    """

    http: Http
    path: str
    download: Callable[[str], Http]

    def ask(self, query: str, variables: Mapping[str, Any], task: Task) -> dict[str, Any]:
        """The ``data`` of an answer.

        Raises:
            AttribenchError: one of the PROVIDER codes.
        """
        answer = self.http.post(self.path, json_body={"query": query, "variables": dict(variables)}, task=task)
        data = as_dict(answer.body).get("data")
        if not isinstance(data, dict):
            raise self.misread("an answer without data", answer.request_id)
        return as_dict(data)  # pyright: ignore[reportUnknownArgumentType]

    def misread(self, detail: str, request: str = "") -> AttribenchError:
        """An answer that is not what the documentation says."""
        return AttribenchError(Code.PROVIDER_ANSWER, provider=self.http.provider, detail=detail, request=request or "–")

    def known(self, ids: Sequence[str], task: Task) -> set[str] | None:
        """Which of those ids there still are; None where the shop does not say so of all of them."""
        asked = {"query": KNOWN_BY_ID, "variables": {"ids": list(ids)}}
        body = as_dict(self.http.post(self.path, json_body=asked, task=task).body)
        nodes = as_list(as_dict(body.get("data")).get("nodes"))
        if body.get("errors") or len(nodes) != len(ids):
            return None
        return {str(as_dict(each).get("id")) for each in nodes if as_dict(each).get("id")}

    def pages(
        self, root: str, fields: str, search: str, after: str | None, task: Task
    ) -> Iterator[tuple[list[Object], str | None]]:
        """Pages of ``orders`` or ``customers`` behind a cursor, each with the next one (None: that was all)."""
        size = _PAGES[root]
        while True:
            try:
                data = self.ask(page_query(root, fields), {"first": size, "after": after, "search": search}, task)
            except AttribenchError as error:
                if error.code is not Code.PROVIDER_REFUSED:
                    raise
                if TOO_DEAR in str(error.facts.get("detail")) and size > 1:
                    size //= 2
                elif after is not None and "cursor" in str(error.facts.get("detail")).casefold():
                    after = None  # it is not taken any more: again, rows that are known stay known
                else:
                    raise
                continue
            page = as_dict(data.get(root))
            info = as_dict(page.get("pageInfo"))
            if not isinstance(page.get("nodes"), list) or "hasNextPage" not in info:
                raise self.misread(f"no page of {root}")
            nodes: list[Object] = [as_dict(each) for each in as_list(page["nodes"])]
            following = str(info["endCursor"]) if info["hasNextPage"] and info.get("endCursor") else None
            if following == after:
                following = None
            yield [each for each in nodes if each.get("id")], following
            if following is None:
                return
            after = following


class ChangedStream:
    """Customers or orders by when they last changed.

    State: ``until`` (everything that changed before was told), and inside a run ``since`` when it asks and the cursor
    ``after``. The provider's own times are used, so that a clock that is wrong here loses nothing. Besides, the census
    of the youngest, and ``compared``, when those were last asked for by their ids.
    """

    root = "customers"
    fields = CUSTOMER

    def __init__(self, client: Client, since: date, now: datetime) -> None:
        self.key = self.root
        self.title = self.root.capitalize()
        self._client = client
        self._since = datetime(since.year, since.month, since.day, tzinfo=UTC)
        self._now = now
        self._census = Census({})
        self._compared: str | None = None

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield what changed from behind the state on, and then what is gone."""
        self._census = Census(state)
        self._compared = state.get("compared") or iso(self._now)
        yield from self._told(dict(state), task)

    def rows(self, told: Object) -> list[Row]:
        """Rows of one object."""
        row = customer_row(told)
        return [] if row is None else [row]

    def _told(self, state: dict[str, Any], task: Task) -> Iterator[Batch]:
        return gathered(self._pages(state, task))

    def _pages(self, state: dict[str, Any], task: Task) -> Iterator[Batch]:
        until = instant(state.get("until")) or self._since
        since = instant(state.get("since"))
        if since is None:
            since = max(self._since, until - _OVERLAP) if "until" in state else self._since
        search = f"updated_at:>='{iso(since)}'"
        for page, after in self._client.pages(self.root, self.fields, search, state.get("after"), task):
            until = max([until, *(instant(each.get("updatedAt")) or until for each in page)])
            behind = {"until": iso(until)}
            if after is not None:
                behind |= {"since": iso(since), "after": after}
            yield self._batch({**self.kept(page), **behind}, page)
        yield from self._gone({**self.kept([]), "until": iso(until)}, task)

    def _gone(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Those of the youngest that are not there any more, once a day."""
        compared = instant(self._compared)
        if compared is not None and abs(self._now - compared) < _COMPARED:
            return
        self._census.forget_before(stamp(self._now - _WATCHED))
        self._census.begin()
        type_ = self.root.removesuffix("s")
        prefix = f"gid://shopify/{type_.capitalize()}/"
        while asked := self._census.missing(_ASKED):
            found = self._client.known([prefix + each for each in asked], task)
            if found is None:
                break
            rows: list[Row] = []
            gone: list[ProviderObject] = []
            for each in asked:
                is_gone = prefix + each not in found
                if is_gone:
                    rows += self.taken_back(prefix + each, self._census.numbers(each))
                    gone.append(ProviderObject(type_, prefix + each, {"id": prefix + each}, is_deleted=True))
                self._census.confirm(each, is_gone=is_gone, now=self._now)
            yield Batch({**state, **self._watched()}, rows, gone)
        self._compared = iso(self._now)
        yield Batch({**state, **self._watched()})

    def kept(self, page: Sequence[Object]) -> dict[str, Any]:
        """What the state keeps besides."""
        return {}

    def numbers(self, rows: Sequence[Row]) -> list[int]:
        """What is to be known of one when it is gone, from the rows it became."""
        return []

    def taken_back(self, id_: str, numbers: Sequence[int]) -> list[Row]:
        """Rows that take back those of one that is gone; who somebody was stays true."""
        return []

    def _batch(self, state: Mapping[str, Any], page: Sequence[Object], progress: float | None = None) -> Batch:
        rows: list[Row] = []
        youngest = self._now - _WATCHED
        for each in page:
            number, created = number_of(each), instant(each.get("createdAt"))
            told = self.rows(each)
            rows += told_after(told, self._census.taken_back(number))
            if created is not None and created >= youngest and number.isdigit():
                self._census.see(number, stamp(created), self.numbers(told))
        objects = [ProviderObject(self.root.removesuffix("s"), str(each["id"]), each) for each in page]
        return Batch({**state, **self._watched()}, rows, objects, progress=progress)

    def _watched(self) -> dict[str, Any]:
        return {**self._census.state(), "compared": self._compared}


class OrderStream(ChangedStream):
    """Orders, their payments and refunds. The history of a large shop comes in files of bulk operations.

    State besides: ``waiting`` (orders whose journey is not ready -> when that was first seen), and while the history
    comes, ``bulk`` (see :class:`connectors.shopify_bulk.History`).
    """

    root = "orders"
    fields = ORDER

    def __init__(
        self,
        client: Client,
        since: date,
        now: datetime,
        not_cash: Collection[str],
        *,
        with_visits: bool,
        by_bulk: bool,
        by_gateway: bool = True,
    ) -> None:
        super().__init__(client, since, now)
        self._not_cash = not_cash
        self._with_visits = with_visits
        self._by_bulk = by_bulk
        self._by_gateway = by_gateway
        self._waiting: dict[str, str] = {}

    def rows(self, told: Object) -> list[Row]:
        """Rows of one order."""
        return order_rows(told, self._not_cash, with_visits=self._with_visits, by_gateway=self._by_gateway)

    def kept(self, page: Sequence[Object]) -> dict[str, Any]:
        """Which orders' journeys are to be asked for again."""
        for each in page:
            order = str(each["id"])
            if not is_waiting(each):
                self._waiting.pop(order, None)
            elif len(self._waiting) < _WAITING:
                self._waiting.setdefault(order, iso(self._now))
        return {"waiting": dict(self._waiting)} if self._waiting else {}

    def numbers(self, rows: Sequence[Row]) -> list[int]:
        """Its transactions that became rows."""
        told = [str(row.fields["conversion_id"]) for row in rows if row.kind == "conversions"]
        return [int(each.rpartition("/")[2]) for each in told if "/OrderTransaction/" in each]

    def taken_back(self, id_: str, numbers: Sequence[int]) -> list[Row]:
        """The order and its transactions are told no more."""
        transactions = [f"gid://shopify/OrderTransaction/{number}" for number in numbers]
        return withdrawn([id_, *transactions], "order_deleted", self._now)

    def _told(self, state: dict[str, Any], task: Task) -> Iterator[Batch]:
        reached = state
        oldest = iso(self._now - _WAITED)
        self._waiting = {order: seen for order, seen in as_dict(reached.get("waiting")).items() if seen >= oldest}
        if "until" in reached and "after" not in reached and self._waiting:
            for batch in self._journeys(reached, task):
                reached = dict(batch.state)
                yield batch
        if "until" not in reached and ("bulk" in reached or ("after" not in reached and self._is_large(task))):
            history = History(self._client.ask, self._client.download, self._client.misread, self._since, self._now)
            for bulk, page, progress in history.fetch(as_dict(reached.get("bulk")), task):
                reached = {**self.kept(page), **bulk}
                yield self._batch(reached, page, progress)
        yield from gathered(self._pages(reached, task))

    def _journeys(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Orders whose journey was not ready: it may come without a change of the order's own time."""
        orders = list(self._waiting)
        for start in range(0, len(orders), _PAGES[self.root]):
            data = self._client.ask(ORDERS_BY_ID, {"ids": orders[start : start + _PAGES[self.root]]}, task)
            found: list[Object] = [as_dict(each) for each in as_list(data.get("nodes")) if as_dict(each).get("id")]
            kept = self.kept(found)
            yield self._batch({"until": state["until"], **kept}, found)

    def _is_large(self, task: Task) -> bool:
        if not self._by_bulk:
            return False
        data = self._client.ask(COUNT, {"search": f"updated_at:>='{iso(self._since)}'"}, task)
        return int(as_dict(data.get("ordersCount")).get("count") or 0) >= _BULK_FROM

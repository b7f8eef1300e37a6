"""Orders of long ago by bulk operations: Shopify writes them into a file, span by span, which is then fetched.

Facts: https://shopify.dev/docs/api/usage/bulk-operations/queries: one object a line, addresses are signed and need no
token, results are kept for seven days, up to five operations at a time since 2026-01.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.shopify_queries import BULK, BULK_STATUS, WORKING, as_dict, as_list, bulk_query
from connectors.shopify_rows import instant, iso
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from connectors.http import Http
    from engine.task import Task

Object = Mapping[str, Any]
Part = tuple[dict[str, Any], list[Object], float]

_SPAN = timedelta(days=120)  # of one operation, so that its file is of bounded size
_LOOKS = 720  # at an operation, in one sync: an hour
_DOWNLOADS = 3
_CHUNK = 500  # orders of a file a batch


class Refused(Exception):  # noqa: N818 - not an error: the orders are fetched page by page instead
    """Shopify starts no bulk operation now."""


class History:
    """The orders of a shop up to now.

    Args:
        ask: sends a query with variables.
        download: makes the way to the host of a file.
        misread: makes the error of an answer that is not as documented.
        since: orders that changed from then on.
        now: the last span has no end; the others end before.
    """

    def __init__(
        self,
        ask: Callable[[str, Mapping[str, Any], Task], dict[str, Any]],
        download: Callable[[str], Http],
        misread: Callable[[str], AttribenchError],
        since: datetime,
        now: datetime,
    ) -> None:
        self._ask = ask
        self._download = download
        self._misread = misread
        self._since = since
        self._now = now

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Part]:
        """Yield states, each with the orders before it and how far that is.

        ``bulk`` of a state has ``from`` and ``to`` of the span in work (no ``to``: the last), the operation's ``id``,
        how many ``lines`` of its file were told, and ``newest``, the latest change told. The last state has ``until``.
        """
        start = instant(state.get("from")) or self._since
        newest = instant(state.get("newest")) or self._since
        operation, lines = str(state.get("id") or ""), int(state.get("lines") or 0)
        stop = instant(state.get("to")) if operation else self._stop(start)
        is_fresh = False
        while True:
            span = {"from": iso(start), **({"to": iso(stop)} if stop is not None else {})}
            if not operation:
                try:
                    operation, lines, is_fresh = self._begin(start, stop, task), 0, True
                except Refused:
                    yield {"since": iso(start)}, [], self._progress(start)
                    return
                yield _bulk(span, newest, id=operation), [], self._progress(start)
            found = self._orders(operation, task)
            if found is None:
                operation = ""
                if is_fresh:
                    yield _bulk(span, newest), [], self._progress(start)
                    raise self._misread("the bulk operation came to nothing")
                continue
            while lines < len(found):
                chunk = found[lines : lines + _CHUNK]
                lines += len(chunk)
                newest = max([newest, *(instant(each.get("updatedAt")) or newest for each in chunk)])
                yield _bulk(span, newest, id=operation, lines=lines), chunk, self._progress(start)
            if stop is None:
                yield {"until": iso(newest)}, [], 1.0
                return
            start, operation, is_fresh = stop, "", False
            stop = self._stop(start)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _stop(self, start: datetime) -> datetime | None:
        return start + _SPAN if start + _SPAN < self._now else None

    def _progress(self, start: datetime) -> float:
        return max(0.0, min(1.0, (start - self._since) / max(self._now - self._since, timedelta(seconds=1))))

    def _begin(self, start: datetime, stop: datetime | None, task: Task) -> str:
        search = f"updated_at:>='{iso(start)}'" + (f" AND updated_at:<'{iso(stop)}'" if stop is not None else "")
        try:
            data = self._ask(BULK, {"search": bulk_query(search)}, task)
        except AttribenchError as error:
            if error.code in {Code.PROVIDER_PERMISSION, Code.PROVIDER_REFUSED}:
                raise Refused from None
            raise
        told = as_dict(data.get("bulkOperationRunQuery"))
        operation = as_dict(told.get("bulkOperation")).get("id")
        if as_list(told.get("userErrors")) or not operation:
            raise Refused
        return str(operation)

    def _orders(self, operation: str, task: Task) -> list[Object] | None:
        """The orders of an operation's file; None when it failed, or the file is no more."""
        detail = ""
        for _ in range(_DOWNLOADS):
            done = self._finished(operation, task)
            if done.get("status") != "COMPLETED":
                return None
            count, address = int(done.get("objectCount") or 0), str(done.get("url") or "")
            if not address:
                return [] if count == 0 else None
            try:
                found = [as_dict(json.loads(line)) for line in self._text(address, task).splitlines() if line.strip()]
            except ValueError:
                detail = "a line of the bulk file is no JSON"
                continue
            if len(found) == count:
                return [each for each in found if each.get("id") and "__parentId" not in each]
            detail = f"the bulk file has {len(found)} objects instead of {count}"
        raise self._misread(detail)

    def _finished(self, operation: str, task: Task) -> dict[str, Any]:
        """The operation when it works no more. The way to Shopify leaves time between two looks."""
        for _ in range(_LOOKS):
            told = as_dict(self._ask(BULK_STATUS, {"id": operation}, task).get("bulkOperation"))
            if told.get("status") not in WORKING:
                return told
        raise self._misread("the bulk operation takes long; the next sync goes on with it")

    def _text(self, address: str, task: Task) -> str:
        parts = urlsplit(address)
        if parts.scheme != "https":
            raise self._misread("the bulk file is not at an https address")
        http = self._download(f"https://{parts.netloc}")
        try:
            return http.get(address, task=task, as_text=True).text
        finally:
            http.close()


def _bulk(span: Mapping[str, str], newest: datetime, **more: Any) -> dict[str, Any]:
    return {"bulk": {**span, "newest": iso(newest), **more}}

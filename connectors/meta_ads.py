"""Campaigns, ad sets and ads of a Meta ad account, with their creatives.

Facts: an edge tells archived and deleted objects only when asked for them, some accounts' deleted ones not at all
(100/1815001); ad sets and ads can be asked for by the time they were changed, campaigns cannot. Creatives do not change
(an ad gets another), but the addresses of their pictures expire, so everything is read anew once a week: what a clock
far ahead of Meta's left out is told then.
https://developers.facebook.com/docs/marketing-api/best-practices/storing_adobjects
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.http import stamp
from connectors.meta_graph import DELETED_REFUSED, as_object, has_reason
from connectors.meta_rows import AD_FIELDS, AD_SET_FIELDS, CAMPAIGN_FIELDS, ad_row, ad_set_row, campaign_row
from connectors.paging import gathered
from engine.errors import AttribenchError
from engine.schema.batch import Batch, ProviderObject, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from connectors.meta_graph import Graph, Object
    from connectors.meta_rows import AdAccount
    from engine.task import Task

_OVERLAP = 86_400  # seconds: clocks differ
_ANEW = 7 * 86_400  # seconds after which everything is read again
_SMALLEST = 5  # objects of a page, where larger ones are too much
_DELETED = "DELETED"


@dataclass(frozen=True)
class _Edge:
    """An edge of an account: its name, what its objects are, and how many come on a page."""

    name: str
    type: str
    fields: str
    limit: int
    row: Callable[[Object, AdAccount], Row]
    tells_changes: bool = True


_CAMPAIGNS = _Edge("campaigns", "campaign", CAMPAIGN_FIELDS, 200, campaign_row, tells_changes=False)
_AD_SETS = _Edge("adsets", "ad_set", AD_SET_FIELDS, 200, ad_set_row)
_ADS = _Edge("ads", "ad", AD_FIELDS, 100, ad_row)  # creatives are large


@dataclass(frozen=True)
class _Step:
    """What one request asks for. Without a status: what is neither archived nor deleted."""

    edge: _Edge
    status: str = ""
    changed_since: int = 0


def _steps(until: int, *, is_anew: bool) -> list[_Step]:
    """What is asked for in a run: everything the first time and now and then, otherwise changes."""
    steps: list[_Step] = []
    for edge in (_CAMPAIGNS, _AD_SETS, _ADS):
        since = max(0, until - _OVERLAP) if edge.tells_changes and not is_anew else 0
        steps += [_Step(edge, status, since) for status in ("", "ARCHIVED", _DELETED)]
    return steps


class EntityStream:
    """The ad entities of an account.

    State: ``until`` (seconds; what changed before was told) and ``anew`` (when everything was last read);
    inside a run also its ``start``, the ``step`` and the cursor ``after`` which it goes on.
    """

    def __init__(self, graph: Graph, id_: str, title: str, account: Callable[[Task], AdAccount], now: datetime) -> None:
        self.key = f"ads:{id_}"
        self.title = title
        self._graph = graph
        self._account = account
        self._now = stamp(now)

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield what is new or changed since the state."""
        return gathered(self._pages(state, task))

    def _pages(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        account = self._account(task)
        until, anew = int(state.get("until", 0)), int(state.get("anew", 0))
        start = int(state.get("start", self._now))
        is_anew = abs(start - anew) >= _ANEW
        steps = _steps(min(until, start), is_anew=is_anew)
        number, after = int(state.get("step", 0)), str(state.get("after", ""))
        known = {"until": until, "anew": anew, "start": start}
        if not number and not after:
            yield Batch({**known, "step": 0}, objects=[ProviderObject("ad_account", account.id, account.content)])
        done: dict[str, Any] = {"until": start, "anew": start if is_anew else anew}
        for at in range(number, len(steps)):
            behind: dict[str, Any] = {**known, "step": at + 1} if at + 1 < len(steps) else done
            for items, cursor in self._step(steps[at], account, after, task):
                place: dict[str, Any] = {**known, "step": at, "after": cursor} if cursor else behind
                yield _batch(place, items, steps[at].edge, account, (at + 1) / len(steps))
            after = ""

    def _step(
        self, step: _Step, account: AdAccount, after: str, task: Task
    ) -> Iterator[tuple[Sequence[Object], str | None]]:
        params: dict[str, Any] = {"fields": step.edge.fields}
        if step.status:
            params["effective_status"] = json.dumps([step.status])
        if step.changed_since:
            params["updated_since"] = step.changed_since
        path = f"act_{account.id}/{step.edge.name}"
        try:
            for page in self._graph.pages(path, params, task, limit=step.edge.limit, smallest=_SMALLEST, after=after):
                yield page.items, page.after
        except AttribenchError as error:
            if step.status != _DELETED or not has_reason(error, DELETED_REFUSED):
                raise
            yield [], None


def _batch(
    state: Mapping[str, Any], items: Sequence[Object], edge: _Edge, account: AdAccount, progress: float
) -> Batch:
    told = [each for each in items if each.get("id")]
    objects: list[ProviderObject] = []
    for each in told:
        creative = as_object(each.get("creative"))
        content = {**each, "creative": {"id": creative.get("id")}} if creative else each
        is_deleted = _DELETED in {each.get("effective_status"), each.get("status")}
        objects.append(ProviderObject(edge.type, str(each["id"]), content, is_deleted))
        if creative.get("id"):
            objects.append(ProviderObject("creative", str(creative["id"]), creative))
    return Batch(state, [edge.row(each, account) for each in told], objects, progress=progress)

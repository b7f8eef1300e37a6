"""Small batches joined into larger ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from connectors import paging
from connectors.paging import gathered
from engine.errors import AttribenchError, Code
from engine.schema.batch import Batch, ProviderObject, Row

if TYPE_CHECKING:
    from collections.abc import Iterator


def _told(count: int, fails_behind: int | None = None) -> Iterator[Batch]:
    for number in range(count):
        if number == fails_behind:
            raise AttribenchError(Code.PROVIDER_LIMIT, provider="X", seconds=1)
        yield Batch({"at": number}, [Row("events", {"n": number})], progress=number / count)


def test_a_batch_is_full_by_its_size() -> None:
    sizes = [(len(batch.rows), batch.state["at"]) for batch in gathered(_told(7), 3)]
    assert sizes == [(3, 2), (3, 5), (1, 6)]


def test_what_a_slow_provider_told_does_not_wait_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 1.0, 2.5, 3.0, 3.0])  # when a batch begins, and when each of its parts came
    monkeypatch.setattr(paging.time, "monotonic", lambda: next(clock))
    assert [batch.state["at"] for batch in gathered(_told(4), 100)][:1] == [2]


def test_what_came_before_a_failure_is_handed_over() -> None:
    batches = gathered(_told(5, fails_behind=2), 100)
    assert len(next(batches).rows) == 2
    with pytest.raises(AttribenchError):
        next(batches)


def test_a_batch_is_full_by_the_weight_of_its_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few large objects are a batch, where thousands of small ones would be."""
    monkeypatch.setattr(paging, "_HEAVY", 5_000)
    large = [ProviderObject("order", str(number), {"note": "x" * 1_000}) for number in range(6)]
    told = [Batch({"at": place}, objects=large[place : place + 2]) for place in (0, 2, 4)]
    assert [(len(batch.objects), batch.state["at"]) for batch in gathered(told, 4_000)] == [(6, 4)]
    assert [(len(batch.objects), batch.state["at"]) for batch in gathered([*told, *told], 4_000)] == [(6, 4), (6, 4)]
    small = ProviderObject("account", "a", {})
    for objects in ([small, *large], [*large, small]):
        assert len(list(gathered([Batch({}, objects=objects)] * 2, 4_000))) == 2, "told by the larger end"

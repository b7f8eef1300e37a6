"""What stand-ins for providers have in common: routes to handlers, answers in JSON, and objects kept in order."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

import orjson

from connectors.http import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Object = dict[str, Any]
Key = tuple[Any, ...]


def reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON."""
    told = {"content-type": "application/json", **(headers or {})}
    return Response(status, content=orjson.dumps(body), headers=told)


def body_of(request: Request) -> Any:
    """The JSON of a request."""
    return orjson.loads(request.content)


class Standin:
    """Answers requests as a provider would.

    Attributes:
        routes: (method, pattern of the path, handler); the first that matches answers.
        count: requests that came.
    """

    def __init__(self) -> None:
        self.routes: list[tuple[str, str, Callable[[Request, re.Match[str]], Response]]] = []
        self.count = 0

    def __call__(self, request: Request) -> Response:
        self.count += 1
        return self.answer(request)

    def answer(self, request: Request) -> Response:
        """What the provider answers."""
        for method, pattern, handler in self.routes:
            found = re.fullmatch(pattern, request.url.path)
            if method == request.method and found:
                return handler(request, found)
        return reply({"error": {"message": f"no {request.method} {request.url.path}"}}, 404)

    def limited(self) -> Response:
        """What the provider answers to who asks too often."""
        return reply({"error": {"message": "Too many requests"}}, 429, {"retry-after": "1"})


class Shelf:
    """Objects in the order of their keys, made when they are looked at.

    Args:
        keys: of the objects, ascending; the last part of each is the object's id.
        made: makes the objects from one place up to another.
    """

    def __init__(self, keys: Sequence[Key], made: Callable[[int, int], list[Object]]) -> None:
        self.keys = keys
        self._made = made
        self._places: dict[str, int] | None = None

    def __len__(self) -> int:
        return len(self.keys)

    def at(self, start: int, stop: int) -> list[Object]:
        """The objects from a place up to another, those that are there."""
        return self._made(max(0, start), min(len(self.keys), stop))

    def place(self, key: Key) -> int:
        """How many objects have a smaller key."""
        return bisect_left(self.keys, key)

    def place_of(self, id_: str) -> int | None:
        """Where the object of that id is."""
        if self._places is None:
            self._places = {str(key[-1]): place for place, key in enumerate(self.keys)}
        return self._places.get(id_)

    def get(self, id_: str) -> Object | None:
        """The object of that id."""
        place = self.place_of(id_)
        return None if place is None else self.at(place, place + 1)[0]


def shelved(objects: Sequence[Object], key: Callable[[Object], Key]) -> Shelf:
    """Objects that are there already."""
    ordered = sorted(objects, key=key)
    return Shelf([key(each) for each in ordered], lambda start, stop: ordered[start:stop])

"""Meta's Graph API: what its errors and usage headers mean, and reading nodes and pages of edges.

Facts: errors come as JSON with a code, mostly at HTTP 400; limits are codes 4, 17, 32, 613 and 80000 to 80014 without
Retry-After, beside headers that tell percentages used.
https://developers.facebook.com/docs/graph-api/overview/rate-limiting,
https://developers.facebook.com/docs/marketing-api/insights/best-practices
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from connectors.http import Answer, Fail, UsualSignals, Verdict, Wait
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.http import Http
    from engine.task import Task

Object = dict[str, Any]

TOO_MUCH = "too much data"  # reasons, as a fact of an error
DELETED_REFUSED = "deleted objects refused"

COMPLETED = "Job Completed"
FAILED = frozenset({"Job Failed", "Job Skipped"})

_LIMITS = frozenset({4, 17, 32, 613, *range(80_000, 80_015)})
_PASSING = frozenset({1, 2})  # "unknown" and "temporarily unavailable"
_LOGIN = frozenset({102, 104, 190})
_PERMISSION = frozenset({3, 10, *range(200, 300)})
_TOO_MUCH = frozenset({1_487_534, 1_504_018})  # data per call; a request that ran out of time
_DELETED = 1_815_001
_UNKNOWN_OBJECT = 33
_SCOPES = re.compile(r"\b(ads_read|ads_management|business_management|read_insights|pages_\w+)\b")

_LIMIT_WAIT = 60.0  # seconds, where no header tells when access comes back
_POLL = 3.0  # seconds between looks at a report that is being made
_PACED_FROM = 60.0  # percent of a limit from which requests are spread out
_LONGEST_PAUSE = 30.0
_PERCENTAGES = ("call_count", "total_cputime", "total_time", "acc_id_util_pct", "app_id_util_pct")
_USAGE_HEADERS = ("x-business-use-case-usage", "x-app-usage", "x-ad-account-usage", "x-fb-ads-insights-throttle")


class MetaSignals(UsualSignals):
    """What Meta's error codes mean, whatever the HTTP status beside them."""

    request_headers = ("x-fb-trace-id", "x-fb-request-id")

    def judge(self, answer: Answer) -> Verdict:
        error = as_object(as_object(answer.body).get("error"))
        code, subcode = _whole(error.get("code")), _whole(error.get("error_subcode"))
        if code is None:
            return super().judge(answer)
        detail = self.detail(answer)
        facts = {"status": answer.status, "detail": detail}
        if code in _LIMITS:
            return Wait(regained_in(answer) or _LIMIT_WAIT, detail)
        if subcode in _TOO_MUCH or "reduce the amount of data" in detail:
            return Fail(Code.PROVIDER_REFUSED, {**facts, "reason": TOO_MUCH})
        if subcode == _DELETED:
            return Fail(Code.PROVIDER_REFUSED, {**facts, "reason": DELETED_REFUSED})
        if code in _LOGIN or answer.status == 401 or "appsecret_proof" in detail:
            return Fail(Code.PROVIDER_LOGIN, {"detail": detail})
        if code in _PERMISSION:
            return Fail(Code.PROVIDER_PERMISSION, {"detail": detail, "permission": self.permission(answer)})
        if code in _PASSING or error.get("is_transient") is True:
            return Wait(None, detail)
        if code == 803 or subcode == _UNKNOWN_OBJECT:
            return Fail(Code.PROVIDER_MISSING, {"what": detail})
        verdict = super().judge(answer)
        return verdict if verdict is not None else Fail(Code.PROVIDER_REFUSED, facts)

    def pace(self, answer: Answer) -> float:
        body = as_object(answer.body)
        status = body.get("async_status")
        is_being_made = "report_run_id" in body or (status is not None and status not in {COMPLETED, *FAILED})
        used = max((value for each in _usage(answer) for value in _percentages(each)), default=0.0)
        # Slowly at first, then more: at 80 % of a limit 7.5 s, at 100 % half a minute.
        part = min(1.0, max(0.0, (used - _PACED_FROM) / (100 - _PACED_FROM)))
        return max(_POLL if is_being_made else 0.0, _LONGEST_PAUSE * part * part)

    def detail(self, answer: Answer) -> str:
        error = as_object(as_object(answer.body).get("error"))
        if not error:
            return super().detail(answer)
        told = [str(error[name]) for name in ("message", "error_user_msg") if error.get(name)]
        number = "/".join(str(error[name]) for name in ("code", "error_subcode") if error.get(name) is not None)
        return f"{': '.join(told) or 'no message'} ({number})"

    def permission(self, answer: Answer) -> str:
        found = _SCOPES.search(self.detail(answer))
        return found[0] if found else "ads_read"


def regained_in(answer: Answer) -> float:
    """Seconds until the provider says that access comes back; 0 where it does not say."""
    waits = [0.0]
    for usage in _usage(answer):
        waits.append(60 * _number(usage.get("estimated_time_to_regain_access")))  # told in minutes
        if _number(usage.get("acc_id_util_pct")) >= 100:
            waits.append(_number(usage.get("reset_time_duration")))  # told in seconds
    return max(waits)


def _usage(answer: Answer) -> list[Object]:
    """What the usage headers tell: of the app, the ad account, and each use case of each business."""
    found: list[Object] = []
    for name in _USAGE_HEADERS:
        try:
            told = as_object(json.loads(answer.headers.get(name) or "{}"))
        except ValueError:
            continue
        found.append(told)
        for value in told.values():
            found.extend(as_objects(value))
    return found


def _percentages(usage: Mapping[str, Any]) -> Iterator[float]:
    return (_number(usage.get(name)) for name in _PERCENTAGES)


@dataclass(frozen=True)
class Page:
    """A page of an edge; ``after`` is None behind the last."""

    items: Sequence[Object]
    after: str | None


class Graph:
    """Reads the Graph API.

    Args:
        http: the way there.
        version: of the API, as in ``v26.0``.
        proof: HMAC of the token, where the app demands one.
    """

    def __init__(self, http: Http, version: str, proof: str = "") -> None:
        self._http = http
        self._version = version
        self._common = {"appsecret_proof": proof} if proof else {}

    def get(self, path: str, params: Mapping[str, Any], task: Task) -> Object:
        """A node, or one page of an edge as it came."""
        return self._object(self._http.get(f"/{self._version}/{path}", {**params, **self._common}, task=task))

    def post(self, path: str, form: Mapping[str, Any], task: Task) -> Object:
        """Ask for a report."""
        return self._object(self._http.post(f"/{self._version}/{path}", form={**form, **self._common}, task=task))

    def pages(
        self, path: str, params: Mapping[str, Any], task: Task, *, limit: int, smallest: int = 0, after: str = ""
    ) -> Iterator[Page]:
        """The pages of an edge from behind a cursor on.

        A cursor that is no longer valid begins the edge anew, once. A page that is too much is asked for by halves,
        down to ``smallest`` objects (0: not at all).
        """
        has_begun_anew = False
        while True:
            try:
                body = self.get(path, {**params, "limit": limit, **({"after": after} if after else {})}, task)
            except AttribenchError as error:
                if has_reason(error, TOO_MUCH) and limit // 2 >= smallest > 0:
                    limit //= 2
                    continue
                is_cursor = after and error.code in {Code.PROVIDER_REFUSED, Code.PROVIDER_MISSING}
                if not is_cursor or has_begun_anew or error.facts.get("reason"):
                    raise
                after, has_begun_anew = "", True
                continue
            data = body.get("data")
            if not isinstance(data, list):
                raise self.unreadable("no list of objects")
            paging = as_object(body.get("paging"))
            told = as_object(paging.get("cursors")).get("after")
            # The address of the next page holds the token: only whether there is one is looked at.
            is_end = not paging.get("next") or not told or told == after
            after = "" if is_end else str(told)
            yield Page(as_objects(cast("object", data)), after or None)
            if is_end:
                return

    def unreadable(self, detail: str) -> AttribenchError:
        """The error of an answer that is not what it should be."""
        return AttribenchError(Code.PROVIDER_ANSWER, provider=self._http.provider, detail=detail, request="–")

    def refused(self, detail: str, reason: str) -> AttribenchError:
        """The error of a report that failed."""
        facts = {"provider": self._http.provider, "status": 200, "detail": detail[:300], "request": "–"}
        return AttribenchError(Code.PROVIDER_REFUSED, **facts, reason=reason)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _object(self, answer: Answer) -> Object:
        body: object = answer.body
        if not isinstance(body, dict):
            raise self.unreadable("no JSON object")
        return cast("Object", body)


def has_reason(error: AttribenchError, reason: str) -> bool:
    """Whether an error is of that reason."""
    return error.facts.get("reason") == reason


def as_object(value: object) -> Object:
    """A JSON object, or an empty one in place of anything else."""
    return cast("Object", value) if isinstance(value, dict) else {}


def as_objects(value: object) -> list[Object]:
    """The objects of a JSON list; none where there is no list."""
    return [as_object(each) for each in cast("list[object]", value)] if isinstance(value, list) else []


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _number(value: Any) -> float:
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return 0.0

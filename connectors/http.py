"""The one way to the network: timeouts, retries, pacing, bounded answers, and no secret in any error.

A provider says what an answer means through its :class:`Signals`: fine, wait so long, or which failure. Everything else
is the same for all. Nothing but this file imports httpx.
"""

from __future__ import annotations

import json
import random
import re
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol, cast

import httpx
import tenacity

from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from datetime import datetime

    from engine.task import Task

Transport = httpx.BaseTransport
Auth = httpx.Auth
Request = httpx.Request
Response = httpx.Response
BearerHeader = "Authorization"

ATTEMPTS = 6
LONGEST_WAIT = 120.0  # seconds: who asks for more is told to the user instead
_LARGEST = 256 << 20  # bytes of one answer
_TIMEOUT = httpx.Timeout(30.0, read=120.0)
_SLICE = 0.1
_DETAIL = 300
_RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_LIMIT = 429
_LONG_AGO = 946_684_800  # the year 2000


@dataclass(frozen=True)
class Answer:
    """A provider's answer.

    Attributes:
        status: HTTP status.
        headers: in lower case.
        body: parsed JSON; None where there is none.
        text: as it came, where it is not JSON and was not asked to be.
        content: as it came, where bytes were asked for.
        request_id: the provider's own name for the request, for its support.
    """

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str = ""
    request_id: str = ""
    content: bytes = b""


@dataclass(frozen=True)
class Wait:
    """Try again after so many seconds (None: as usual)."""

    seconds: float | None = None
    detail: str = ""


@dataclass(frozen=True)
class Fail:
    """Do not try again. ``facts`` are those of the code; provider and request are added."""

    code: Code
    facts: Mapping[str, object] = field(default_factory=dict[str, object])


Verdict = Wait | Fail | None


class Signals(Protocol):
    """How a provider says that something is wrong."""

    def judge(self, answer: Answer) -> Verdict:
        """None: the answer is fine."""
        ...

    def pace(self, answer: Answer) -> float:
        """Seconds to leave before the next request, from what the answer tells of limits; usually 0."""
        ...


class InProcess(httpx.BaseTransport):
    """Answers requests without a network. What the callable raises :class:`ConnectionResetError` at breaks off."""

    def __init__(self, answer: Callable[[Request], Response]) -> None:
        self._answer = answer

    def handle_request(self, request: Request) -> Response:
        request.read()
        try:
            return self._answer(request)
        except ConnectionResetError as error:
            raise httpx.ReadError(str(error), request=request) from None


class Signed(httpx.Auth):
    """Adds to each request the headers that sign it, made from its method and address."""

    def __init__(self, sign: Callable[[str, str], Mapping[str, str]]) -> None:
        self._sign = sign

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers.update(self._sign(request.method, str(request.url)))
        yield request


class UsualSignals:
    """What HTTP itself says. Providers refine it."""

    # Where the provider's name for a request stands, in lower case.
    request_headers: tuple[str, ...] = ("request-id", "x-request-id", "x-fb-trace-id", "x-trace-id")

    def judge(self, answer: Answer) -> Verdict:
        status = answer.status
        if status < 400:
            return None
        detail = self.detail(answer)
        if status in _RETRIED:
            return Wait(retry_after(answer), detail)
        if status == 401:
            return Fail(Code.PROVIDER_LOGIN, {"detail": detail})
        if status == 403:
            return Fail(Code.PROVIDER_PERMISSION, {"detail": detail, "permission": self.permission(answer)})
        if status in {404, 410}:
            return Fail(Code.PROVIDER_MISSING, {"what": detail})
        return Fail(Code.PROVIDER_REFUSED, {"status": status, "detail": detail})

    def pace(self, answer: Answer) -> float:
        return 0.0

    def detail(self, answer: Answer) -> str:
        """What the provider says is wrong, in its words."""
        body = answer.body
        if isinstance(body, dict):
            told = cast("dict[str, Any]", body)
            error = told.get("error", told)
            if isinstance(error, dict):
                error = cast("dict[str, Any]", error)
                return str(error.get("message") or error.get("error_description") or error.get("code") or error)
            return str(told.get("error_description") or told.get("message") or error)
        return answer.text.strip()[:_DETAIL] or f"HTTP {answer.status}"

    def permission(self, answer: Answer) -> str:
        """The permission that is missing, where the answer tells."""
        return "?"


def retry_after(answer: Answer) -> float | None:
    """Seconds of a Retry-After header, in either form."""
    told = answer.headers.get("retry-after", "")
    if not told:
        return None
    try:
        return max(0.0, float(told))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(told)
        sent = parsedate_to_datetime(answer.headers["date"]) if "date" in answer.headers else None
    except (ValueError, TypeError):
        return None
    # Against the provider's own clock: ours may be wrong.
    return max(0.0, (moment - sent).total_seconds()) if sent is not None else None


class _Again(Exception):  # noqa: N818 - a turn of the loop, not an error
    def __init__(self, wait: Wait, error: AttribenchError) -> None:
        super().__init__()
        self.wait = wait
        self.error = error


@dataclass
class Pacer:
    """Leaves time between requests: so many a second at most, and what the provider asks for."""

    per_second: float
    sleep: Callable[[float, Task], None]
    clock: Callable[[], float] = time.monotonic
    _free_at: float = 0.0

    def wait(self, task: Task) -> None:
        """Wait for the next request's turn."""
        now = self.clock()
        if self._free_at > now:
            self.sleep(self._free_at - now, task)
            now = self._free_at
        self._free_at = now + 1 / self.per_second

    def leave(self, seconds: float) -> None:
        """Leave so much time before the next request."""
        if seconds > 0:
            self._free_at = max(self._free_at, self.clock() + min(seconds, LONGEST_WAIT))


class Http:
    """Requests to one provider.

    Args:
        provider: its name, for errors.
        base_url: what paths are relative to.
        signals: what its answers mean.
        auth: signs requests.
        headers: sent with each.
        secrets: never to be seen in an error.
        per_second: requests at most.
        transport: in place of the network, for tests.
        sleep: waits, in place of the clock, for tests.
        seed: of the jitter.
    """

    def __init__(
        self,
        provider: str,
        base_url: str,
        *,
        signals: Signals | None = None,
        auth: Auth | None = None,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
        per_second: float = 8.0,
        transport: Transport | None = None,
        sleep: Callable[[float, Task], None] | None = None,
        seed: int | None = None,
    ) -> None:
        self.provider = provider
        self._signals = signals or UsualSignals()
        self._secrets = [secret for secret in secrets if secret]
        self._sleep = sleep or patient_sleep
        self._dice = random.Random(seed)
        self._pacer = Pacer(per_second, self._sleep)
        self._client = httpx.Client(
            base_url=base_url,
            auth=auth,
            headers={"User-Agent": "Attribench", "Accept": "application/json", **(headers or {})},
            timeout=_TIMEOUT,
            transport=transport,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, task: Task, as_text: bool = False) -> Answer:
        """GET a path."""
        return self.send("GET", path, params=params, task=task, as_text=as_text)

    def download(self, path: str, *, headers: Mapping[str, str] | None = None, task: Task) -> Answer:
        """GET the bytes of a path, not parsed; compression that is not the transport's own stays."""
        return self.send("GET", path, headers=headers, task=task, as_bytes=True)

    def pause(self, seconds: float, task: Task) -> None:
        """Wait before asking again whether something is ready. Raises :class:`Cancelled`."""
        self._sleep(seconds, task)

    def post(
        self,
        path: str,
        *,
        json_body: Any = None,
        form: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        idempotency_key: str = "",
        headers: Mapping[str, str] | None = None,
        task: Task,
    ) -> Answer:
        """POST to a path; reads that are POSTs (queries) may be repeated, writes carry an idempotency key."""
        return self.send(
            "POST",
            path,
            params=params,
            json_body=json_body,
            form=form,
            headers={**({"Idempotency-Key": idempotency_key} if idempotency_key else {}), **(headers or {})},
            task=task,
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json_body: Any = None,
        form: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        task: Task,
        as_text: bool = False,
        as_bytes: bool = False,
    ) -> Answer:
        """Send a request until it is answered.

        Raises:
            AttribenchError: one of the PROVIDER codes.
            Cancelled: while waiting.
        """

        def attempt() -> Answer:
            task.check()
            self._pacer.wait(task)
            answer = self._once(method, path, params, json_body, form, headers, as_text=as_text, as_bytes=as_bytes)
            self._pacer.leave(self._signals.pace(answer))
            verdict = self._signals.judge(answer)
            if verdict is None:
                return answer
            if isinstance(verdict, Fail):
                raise self._error(verdict.code, answer.request_id, verdict.facts)
            code = Code.PROVIDER_LIMIT if answer.status in {_LIMIT, 200, 400, 403} else Code.PROVIDER_REFUSED
            detail = verdict.detail or f"HTTP {answer.status}"
            seconds = round(verdict.seconds or 0)
            facts = {"seconds": seconds, "status": answer.status, "detail": detail}
            error = self._error(code, answer.request_id, facts)
            if verdict.seconds is not None and verdict.seconds > LONGEST_WAIT:
                raise error
            raise _Again(verdict, error)

        def wait(state: tenacity.RetryCallState) -> float:
            usual = min(LONGEST_WAIT, 2.0 ** (state.attempt_number - 1)) * self._dice.uniform(0.5, 1.0)
            raised = state.outcome.exception() if state.outcome is not None else None
            asked = raised.wait.seconds if isinstance(raised, _Again) else None
            return usual if asked is None else asked + self._dice.uniform(0.0, 0.5)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Again),
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=wait,
            sleep=lambda seconds: self._sleep(float(seconds), task),
            reraise=True,
        )
        try:
            return retrying(attempt)
        except _Again as again:
            raise again.error from None

    # -- inside ---------------------------------------------------------------------------------------------------

    def _once(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        json_body: Any,
        form: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        *,
        as_text: bool,
        as_bytes: bool,
    ) -> Answer:
        try:
            with self._client.stream(
                method, path, params=params, json=json_body, data=form, headers=headers
            ) as response:
                content = bytearray()
                for block in response.iter_bytes():
                    content += block
                    if len(content) > _LARGEST:
                        raise self._error(
                            Code.PROVIDER_ANSWER, "", {"detail": f"more than {_LARGEST >> 20} MB in one answer"}
                        )
                told = {name.lower(): value for name, value in response.headers.items()}
                status = response.status_code
        except httpx.TransportError as error:
            detail = f"{type(error).__name__}: {error}"
            raise _Again(Wait(None, detail), self._error(Code.PROVIDER_UNREACHABLE, "", {"detail": detail})) from None
        names = self._signals.request_headers if isinstance(self._signals, UsualSignals) else ()
        request_id = next((told[name] for name in names if name in told), "")
        if as_bytes and status < 400:
            return Answer(status, told, None, request_id=request_id, content=bytes(content))
        text = content.decode("utf-8", "replace")
        if as_text and status < 400:
            return Answer(status, told, None, text, request_id)
        try:
            body = json.loads(text) if text.strip() else None
        except (ValueError, RecursionError):
            if status >= 400:
                return Answer(status, told, None, text, request_id)
            detail = "its JSON breaks off or nests too deep"
            error = self._error(Code.PROVIDER_ANSWER, request_id, {"detail": detail})
            raise _Again(Wait(None, detail), error) from None
        return Answer(status, told, body, "", request_id)

    def _error(self, code: Code, request_id: str, facts: Mapping[str, object]) -> AttribenchError:
        safe = {
            name: redacted(fact, self._secrets)[:_DETAIL] if isinstance(fact, str) else fact
            for name, fact in facts.items()
        }
        return AttribenchError(code, **{"provider": self.provider, "request": request_id or "–", **safe})


_TOKENS = re.compile(
    r"(?i)\b(access_token|client_secret|refresh_token|appsecret_proof|api_key|token|key|code)=[^&\s\"']+"
    r"|\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}|\b(sk|rk|pk)_(live|test)_[A-Za-z0-9]+|\bshp[a-z]{2}_[A-Za-z0-9]+"
)


def redacted(text: str, secrets: Sequence[str]) -> str:
    """A text without secrets: those that are known, and whatever looks like one."""
    for secret in secrets:
        text = text.replace(secret, "…")
    return _TOKENS.sub("…", text)


def patient_sleep(seconds: float, task: Task) -> None:
    """Wait, but not after the task is cancelled."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        task.check()
        time.sleep(min(_SLICE, left))


def bearer(token: str) -> dict[str, str]:
    """The header of a bearer token."""
    return {BearerHeader: f"Bearer {token}"}


def stamp(moment: datetime) -> int:
    """Unix seconds."""
    return int(moment.timestamp())


def told_at(answer: Answer, otherwise: int) -> int:
    """When the provider answered (Unix seconds), by its own clock, as ours may go wrong; ``otherwise`` if untold."""
    try:
        told = stamp(parsedate_to_datetime(answer.headers["date"]))
    except (KeyError, ValueError, TypeError):
        return otherwise
    return told if told > _LONG_AGO else otherwise  # a clock that never was set

"""Speaking to X's Ads API: its limits and errors, pages, objects by id, accounts.

Sources (docs.x.com/x-ads-api, repository xdevplatform/docs, read 22 November 2026): fundamentals/rate-limiting,
fundamentals/pagination, fundamentals/error-codes-and-responses, campaign-management/reference.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast

from connectors.http import Answer, UsualSignals, Verdict, Wait, retry_after
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from connectors.http import Http
    from engine.task import Task

PLATFORM = "x"
_PAGE = 1_000
_IDS = 200  # of campaigns, line items, promoted posts or posts in one request
_LOCKED = 423  # LOCK_ACQUISITION_TIMEOUT
_SCARCE = 0.1  # part of a limit from which on the rest is spread
_SMALL = 50  # limits below are of single endpoints: spreading them would hold up all others

Object = dict[str, Any]

# What an error code of status 403 asks for.
_PERMISSIONS = {
    "UNAUTHORIZED_CLIENT_APPLICATION": "Ads API access of the app",
    "READONLY_CLIENT_APPLICATION": "Ads API write access of the app",
    "ACCOUNT_NOT_FOUND": "a role in this ads account (analyst, ad manager or account administrator)",
    "USER_NOT_FOUND": "a role in this ads account (analyst, ad manager or account administrator)",
}


class XSignals(UsualSignals):
    """X tells the end of a limit's window as a moment, by its own clock, and names its errors."""

    request_headers = ("x-transaction-id", "x-transaction", "x-request-id")

    def judge(self, answer: Answer) -> Verdict:
        if answer.status == 429:
            asked = retry_after(answer)
            return Wait(asked if asked is not None else seconds_to_reset(answer), self.detail(answer))
        if answer.status == _LOCKED:
            return Wait(retry_after(answer), self.detail(answer))
        return super().judge(answer)

    def pace(self, answer: Answer) -> float:
        """The last tenth of a large limit is spread over what is left of its window."""
        told = _limit(answer)
        if told is None:
            return 0.0
        limit, left = told
        if limit < _SMALL or not 0 < left <= limit * _SCARCE:
            return 0.0
        return (seconds_to_reset(answer) or 0.0) / left

    def detail(self, answer: Answer) -> str:
        error = _error(answer)
        if not error:
            return super().detail(answer)
        told = [str(error[name]) for name in ("code", "parameter", "message", "details") if error.get(name)]
        return ": ".join(told) or super().detail(answer)

    def permission(self, answer: Answer) -> str:
        code = str(_error(answer).get("code", ""))
        return _PERMISSIONS.get(code, code or "?")


def seconds_to_reset(answer: Answer) -> float | None:
    """Seconds until a limit's window ends; the account's own limit counts before the user's. None: not told."""
    prefix = _prefix(answer)
    if prefix is None or "date" not in answer.headers:
        return None
    try:
        reset = float(answer.headers[f"{prefix}-reset"])
        # Against X's own clock: ours may be wrong.
        sent = parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return None
    return max(0.0, reset - sent)


def _prefix(answer: Answer) -> str | None:
    """Which limit an answer is about: the account's, unless it is the user's that is used up."""
    account, user = "x-account-rate-limit", "x-rate-limit"
    if f"{account}-reset" in answer.headers and not (
        answer.headers.get(f"{account}-remaining") != "0" and answer.headers.get(f"{user}-remaining") == "0"
    ):
        return account
    return user if f"{user}-reset" in answer.headers else None


def _limit(answer: Answer) -> tuple[int, int] | None:
    prefix = _prefix(answer)
    if prefix is None:
        return None
    try:
        return int(answer.headers[f"{prefix}-limit"]), int(answer.headers[f"{prefix}-remaining"])
    except (KeyError, ValueError):
        return None


def _error(answer: Answer) -> Object:
    errors = as_object(answer.body).get("errors")
    return as_object(cast("list[Any]", errors)[0]) if isinstance(errors, list) and errors else {}


class Api:
    """Requests to one version of the Ads API.

    Args:
        http: signs them.
        version: first part of every path.
        chosen: ids of accounts; all there are when empty.
    """

    def __init__(self, http: Http, version: str, chosen: Sequence[str]) -> None:
        self.http = http
        self._version = version
        self._chosen = chosen
        self._accounts: list[Object] | None = None

    def accounts(self, task: Task) -> list[Object]:
        """The chosen accounts; asked for once, because X allows that five times in a quarter of an hour.

        Raises:
            AttribenchError: PROVIDER_MISSING when a chosen one is not there.
        """
        if self._accounts is None:
            params = {"account_ids": ",".join(self._chosen)} if self._chosen else {}
            found = [each for page, _ in self.pages("accounts", params, task) for each in page]
            gone = sorted({*self._chosen} - {each["id"] for each in found})
            if gone:
                raise AttribenchError(Code.PROVIDER_MISSING, provider=self.http.provider, what=", ".join(gone))
            self._accounts = found
        return self._accounts

    def get(self, path: str, params: Mapping[str, Any], task: Task) -> Object:
        """The body of an answer."""
        return self._body(self.http.get(f"/{self._version}/{path}", params, task=task))

    def post(self, path: str, params: Mapping[str, Any], task: Task) -> Object:
        """The body of the answer to a POST; X's are told by parameters in the address."""
        return self._body(self.http.post(f"/{self._version}/{path}", params=params, task=task))

    def pages(
        self, path: str, params: Mapping[str, Any], task: Task, cursor: str | None = None
    ) -> Iterator[tuple[list[Object], str | None]]:
        """Yield the pages of a list, each with the cursor of the next one (None: the last)."""
        while True:
            asked = {"count": _PAGE, **params, **({"cursor": cursor} if cursor else {})}
            body = self.get(path, asked, task)
            cursor = str(body["next_cursor"]) if body.get("next_cursor") else None
            yield self.objects(body), cursor
            if cursor is None:
                return

    def by_ids(self, path: str, name: str, ids: Iterable[str], task: Task, **more: str) -> dict[str, Object]:
        """Objects by their ids, deleted ones too; those that are not there are missing."""
        found: dict[str, Object] = {}
        wanted = sorted({*ids} - {""})
        for start in range(0, len(wanted), _IDS):
            params = {name: ",".join(wanted[start : start + _IDS]), **more}
            while True:
                body = self.get(path, params, task)
                found |= {str(each["id"]): each for each in self.objects(body)}
                if not body.get("next_cursor"):
                    break
                params["cursor"] = str(body["next_cursor"])
        return found

    def objects(self, body: Object) -> list[Object]:
        """The objects of a list. Raises PROVIDER_ANSWER when it is none."""
        data = body.get("data")
        if not isinstance(data, list):
            raise self.strange("not a list of objects")
        return [each for each in map(as_object, cast("list[Any]", data)) if each.get("id")]

    def strange(self, detail: str) -> AttribenchError:
        """The failure of an answer that is not what it should be."""
        return AttribenchError(Code.PROVIDER_ANSWER, provider=self.http.provider, detail=detail, request="–")

    def _body(self, answer: Answer) -> Object:
        if not isinstance(answer.body, dict):
            raise self.strange("no JSON object")
        return cast("Object", answer.body)


def as_object(value: Any) -> Object:
    """A value that should be a JSON object; empty when it is none."""
    return cast("Object", value) if isinstance(value, dict) else {}


def passing(error: AttribenchError) -> bool:
    """Whether an error concerns one account only, so that the others can be fetched."""
    return error.code in {Code.PROVIDER_PERMISSION, Code.PROVIDER_MISSING}

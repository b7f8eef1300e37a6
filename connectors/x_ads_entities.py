"""X's campaigns, line items (ad sets) and promoted posts (ads), and its web event tags, as they change.

Lists come by time of change, newest first, deleted ones included, and are left where the last sync began
(docs.x.com/x-ads-api/fundamentals/rate-limiting, "Best practices").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from connectors.money import from_micros
from connectors.paging import gathered
from connectors.x_ads_api import PLATFORM, as_object, passing
from engine.errors import AttribenchError, Code
from engine.schema.batch import Batch, ProviderObject, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from connectors.x_ads_api import Api, Object
    from engine.task import Task

_OVERLAP = timedelta(hours=1)  # what changed while the last sync went on
_NAME = 80  # characters of a post that stand for the name it does not have

Names = dict[str, "Object"]


# -- rows ---------------------------------------------------------------------------------------------------------


def campaign_row(account: str, campaign: Object) -> Row:
    """A campaign."""
    return _row(account, "campaign", campaign, {"campaign_id": campaign["id"]})


def line_item_row(account: str, line_item: Object) -> Row:
    """A line item is an ad set."""
    return _row(account, "ad_set", line_item, {"campaign_id": line_item.get("campaign_id")})


def promoted_row(account: str, promoted: Object, line_item: Object, post: Object) -> Row:
    """A promoted post is an ad; its line item tells the campaign, its post what is seen."""
    media = _media(post)
    return _row(
        account,
        "ad",
        promoted,
        {
            "campaign_id": line_item.get("campaign_id"),
            "ad_set_id": promoted.get("line_item_id"),
            "name": post_name(promoted, post),
            "objective": line_item.get("objective"),
            "currency": line_item.get("currency"),
            "creative_kind": _creative_kind(post, media),
            "body": post.get("full_text"),
            "thumbnail_url": media.get("media_url_https"),
            "destination_url": _destination(post),
        },
    )


def post_name(promoted: Object, post: Object) -> str:
    """What an ad is called: its post's name, else the beginning of its text, else its post's id."""
    text = " ".join(str(post.get("name") or post.get("full_text") or "").split())
    return (text if len(text) <= _NAME else text[: _NAME - 1] + "…") or f"Post {promoted.get('tweet_id', '')}".strip()


def _row(account: str, level: str, told: Object, more: Mapping[str, Any]) -> Row:
    budget = told.get("daily_budget_amount_local_micro")
    fields: dict[str, Any] = {
        "platform": PLATFORM,
        "account": account,
        "level": level,
        "entity_id": told["id"],
        "name": told.get("name"),
        "status": "DELETED" if told.get("deleted") else told.get("entity_status"),
        "objective": told.get("objective"),
        "currency": told.get("currency"),
        "daily_budget": from_micros(budget) if budget is not None else None,
        **more,
    }
    return Row("ad-entities", {name: value for name, value in fields.items() if value not in {None, ""}})


def _media(post: Object) -> Object:
    for holder in ("extended_entities", "entities"):
        media = as_object(post.get(holder)).get("media")
        if isinstance(media, list) and media:
            return as_object(cast("list[Any]", media)[0])
    return {}


def _creative_kind(post: Object, media: Object) -> str | None:
    if not post:
        return None
    match media.get("type"):
        case "video" | "animated_gif":
            return "video"
        case "photo":
            return "image"
        case _:
            return "card" if post.get("card_uri") else "text"


def _destination(post: Object) -> str | None:
    urls = as_object(post.get("entities")).get("urls")
    if not isinstance(urls, list) or not urls:
        return None
    first = as_object(cast("list[Any]", urls)[0])
    return first.get("expanded_url") or first.get("url")


# -- looking up ---------------------------------------------------------------------------------------------------


class Lookup:
    """Objects of one account by id, deleted ones too; each is asked for once."""

    def __init__(self, api: Api, account: str) -> None:
        self._api = api
        self._account = account
        self._found: dict[str, Names] = {}
        self._asked: dict[str, set[str]] = {}

    def line_items(self, ids: Iterable[str], task: Task) -> Names:
        """Line items, at least those."""
        return self._by_ids("line_items", "line_item_ids", ids, task, with_deleted="true")

    def campaigns(self, ids: Iterable[str], task: Task) -> Names:
        """Campaigns, at least those."""
        return self._by_ids("campaigns", "campaign_ids", ids, task, with_deleted="true")

    def promoted(self, ids: Iterable[str], task: Task) -> Names:
        """Promoted posts, at least those."""
        return self._by_ids("promoted_tweets", "promoted_tweet_ids", ids, task, with_deleted="true")

    def posts(self, promoted: Iterable[Object], task: Task) -> Names:
        """The posts of promoted ones; none where X does not let us see them: texts are not worth a failure."""
        ids = {str(each["tweet_id"]) for each in promoted if each.get("tweet_id")}
        more = {"tweet_type": "PUBLISHED", "timeline_type": "ALL", "trim_user": "true"}
        try:
            return self._by_ids("tweets", "tweet_ids", ids, task, **more)
        except AttribenchError as error:
            if passing(error) or error.code is Code.PROVIDER_REFUSED:
                return self._found.get("tweets", {})
            raise

    def _by_ids(self, path: str, name: str, ids: Iterable[str], task: Task, **more: str) -> Names:
        found, asked = self._found.setdefault(path, {}), self._asked.setdefault(path, set())
        wanted = {*ids} - asked
        found |= self._api.by_ids(f"accounts/{self._account}/{path}", name, wanted, task, **more)
        asked |= wanted
        return found


# -- streams ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A kind of object: last part of its path, name of its type, and the row of one where it needs nothing else."""

    path: str
    type: str
    title: str
    row: Callable[[str, Object], Row] | None = None


_PROMOTED = Kind("promoted_tweets", "promoted_tweet", "Ads")
KINDS = (
    Kind("campaigns", "campaign", "Campaigns", campaign_row),
    Kind("line_items", "line_item", "Ad groups", line_item_row),
    _PROMOTED,
    Kind("web_event_tags", "web_event_tag", "Web event tags"),
)


class ChangedStream:
    """One kind of object of every account, by time of change.

    State: by account ``until`` (everything that changed before was told), and inside a pass ``newest`` (what ``until``
    becomes) and the ``cursor`` of the next page.
    """

    def __init__(self, api: Api, kind: Kind) -> None:
        self.key = kind.type
        self.title = kind.title
        self._api = api
        self._kind = kind

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield what changed since."""
        return gathered(self._all(state, task))

    def _all(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        known: dict[str, Any] = dict(as_object(state.get("accounts")))
        accounts = self._api.accounts(task)
        failed: AttribenchError | None = None
        for number, account in enumerate(accounts):
            id_, is_to_tell = str(account["id"]), self._kind is KINDS[0]
            try:
                for place, rows, objects in self._account(id_, as_object(known.get(id_)), task):
                    if is_to_tell:  # Data quality looks at its zone (T1)
                        objects.append(ProviderObject("account", id_, account))
                        is_to_tell = False
                    known = {**known, id_: place}
                    yield Batch({"accounts": known}, rows, objects, progress=(number + 1) / len(accounts))
            except AttribenchError as error:
                if not passing(error):
                    raise
                failed = failed or error
        if failed is not None:
            raise failed

    def _account(
        self, account: str, place: Object, task: Task
    ) -> Iterator[tuple[Object, list[Row], list[ProviderObject]]]:
        """Yield where it is, rows and objects of each page."""
        until = str(place.get("until", ""))
        edge = _earlier(until)
        newest, cursor = str(place.get("newest", "")), place.get("cursor")
        for page, following in self._pages(account, cursor, task):
            newest = max(newest, until, *(str(each.get("updated_at", "")) for each in page))
            fresh = [each for each in page if str(each.get("updated_at", "")) >= edge]
            is_last = following is None or len(fresh) < len(page)
            rows, objects = self._told(account, fresh, task)
            yield (
                {"until": newest} if is_last else {"until": until, "newest": newest, "cursor": following},
                rows,
                objects,
            )
            if is_last:
                return

    def _told(self, account: str, page: list[Object], task: Task) -> tuple[list[Row], list[ProviderObject]]:
        objects = _objects(self._kind.type, page)
        if self._kind is not _PROMOTED:
            row = self._kind.row
            return [row(account, each) for each in page] if row is not None else [], objects
        lookup = Lookup(self._api, account)
        parents = lookup.line_items((str(each.get("line_item_id", "")) for each in page), task)
        posts = lookup.posts(page, task)
        rows = [
            promoted_row(
                account,
                each,
                parents.get(str(each.get("line_item_id")), {}),
                posts.get(str(each.get("tweet_id")), {}),
            )
            for each in page
        ]
        return rows, [*objects, *_objects("tweet", posts.values())]

    def _pages(self, account: str, cursor: str | None, task: Task) -> Iterator[tuple[list[Object], str | None]]:
        path = f"accounts/{account}/{self._kind.path}"
        params = {"sort_by": "updated_at-desc", "with_deleted": "true"}
        pages = self._api.pages(path, params, task, cursor)
        while True:
            try:
                told = next(pages, None)
            except AttribenchError as error:
                # The cursor is no longer known: the list again, what is known stays known.
                if error.code is not Code.PROVIDER_REFUSED or "cursor" not in str(error.facts.get("detail", "")):
                    raise
                if cursor is None:
                    raise
                cursor = None
                pages = self._api.pages(path, params, task)
                continue
            if told is None:
                return
            cursor = told[1]
            yield told


def _earlier(moment: str) -> str:
    """A moment of X's with the overlap taken off; empty when there is none."""
    if not moment:
        return ""
    try:
        return (datetime.fromisoformat(moment) - _OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return ""


def _objects(type_: str, page: Iterable[Object]) -> list[ProviderObject]:
    return [ProviderObject(type_, str(each["id"]), each, bool(each.get("deleted"))) for each in page]

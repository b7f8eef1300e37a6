"""X's daily figures by ad: what was spent, shown, clicked and seen.

The days are the account's own. Line items are asked for beside promoted posts: what a line item spent beyond its
posts (promoted accounts, pre-roll) is told for the line item alone, so that both levels sum up alike. Old days come
from asynchronous jobs, the last ones from the synchronous endpoint.

Sources (docs.x.com/x-ads-api/analytics, read 22 November 2026): at most 20 ids and one placement a request; seven days
synchronous, 90 asynchronous (30 advised), 100 jobs at a time; a date without a time means midnight in the account's
zone; the end is exclusive; active entities of at most 90 days; spend in micros; null is none. Charges are corrected for
up to 14 days.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from connectors.base import RESTATED_DAYS
from connectors.money import from_micros
from connectors.paging import day_spans, gathered
from connectors.x_ads_api import PLATFORM, as_object, passing
from connectors.x_ads_entities import Lookup, post_name
from engine.errors import AttribenchError, Code
from engine.schema.batch import Batch, Row, ToldWhole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.http import Http
    from connectors.x_ads_api import Api, Object
    from engine.task import Task

PLACEMENTS = ("ALL_ON_TWITTER", "SPOTLIGHT", "TREND")
_LEVELS = ("LINE_ITEM", "PROMOTED_TWEET")
_IDS = 20
_SYNC_DAYS = 7
_ASYNC_DAYS = 30
_CORRECTED_DAYS = 15  # later changes are noted under later hours
_MANY = 100  # synchronous requests of a pass; X allows 250 in a quarter of an hour
_JOBS = 50  # at a time, of the 100 that all of an account's programs share
_FULL = 2_000
_POLLS = 120
_LONGEST_POLL = 30.0
_LARGEST = 256 << 20

_SPEND = "billed_charge_local_micro"
_FIELDS = {
    "impressions": "impressions",
    "video_plays": "video_content_starts",
    "video_3s": "video_3s100pct_views",
    "video_p25": "video_views_25",
    "video_p50": "video_views_50",
    "video_p75": "video_views_75",
    "video_p100": "video_views_100",
    # Kept beside them:
    "engagements": "engagements",
    "url_clicks": "url_clicks",
    "likes": "likes",
    "replies": "replies",
    "retweets": "retweets",
    "follows": "follows",
}

Figures = dict[str, int]
ByDay = dict[tuple[str, date], Figures]  # of an id and a day


@dataclass(frozen=True)
class Ways:
    """How statistics are asked for; all of it can be set.

    Attributes:
        bounds: ``dates`` leaves midnight to X; ``own`` tells each day's midnight, ``current`` that of today's offset.
        entities: ``active`` asks for what X says has changed, ``all`` for everything there is.
        clicks: the metric that counts as clicks.
        has_today: whether the day that is not over is asked for.
    """

    bounds: str = "dates"
    entities: str = "active"
    clicks: str = "clicks"
    has_today: bool = True


class SpendStream:
    """Daily figures of every account.

    State: by account ``since``, where its history begins; ``next``, the first day not told; ``is_open``, whether the
    pass ended before it was through, so that it goes on there and not with the last days again.

    Args:
        api: asks.
        files: fetches the results of jobs, unsigned.
        since: the first day that is wanted.
        now: the moment, UTC.
        ways: how to ask.
    """

    key = "spend"
    title = "Daily figures"

    def __init__(self, api: Api, files: Http, since: date, now: datetime, ways: Ways) -> None:
        self._api = api
        self._files = files
        self._since = since
        self._now = now
        self._ways = ways

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield whole account days, oldest first."""
        return gathered(self._all(state, task))

    def _all(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        known: dict[str, Any] = dict(as_object(state.get("accounts")))
        accounts = self._api.accounts(task)
        failed: AttribenchError | None = None
        for number, account in enumerate(accounts):
            id_ = str(account["id"])
            try:
                for place, part, rows, told in self._account(account, as_object(known.get(id_)), task):
                    known = {**known, id_: place}
                    yield Batch({"accounts": known}, rows, told_whole=told, progress=(number + part) / len(accounts))
            except AttribenchError as error:
                if not passing(error):
                    raise
                failed = failed or error
        if failed is not None:
            raise failed

    def _account(
        self, account: Object, place: Object, task: Task
    ) -> Iterator[tuple[Object, float, list[Row], list[ToldWhole]]]:
        id_, zone = str(account["id"]), _zone(account)
        today = self._now.astimezone(zone).date()
        last = today if self._ways.has_today else today - timedelta(days=1)
        opened = _day(account.get("created_at"), zone) or self._since
        earliest = max(self._since, opened - timedelta(days=1))  # a zone that was changed later may shift it
        recent = today - timedelta(days=RESTATED_DAYS - 1)
        start = earliest
        if place and date.fromisoformat(place["since"]) <= earliest:  # else more of the past is wanted than before
            reached = date.fromisoformat(place["next"])
            start = max(earliest, reached if place["is_open"] else min(recent, reached))
        days = max(1, (last - start).days + 1)
        lookup = Lookup(self._api, id_)
        old = day_spans(start, min(last, recent - timedelta(days=1)), _ASYNC_DAYS)
        new = day_spans(max(start, recent), last, RESTATED_DAYS)
        for first, end in [*old, *new]:
            for figures, span in self._span(id_, zone, first, end, task, is_old=end < recent):
                rows = self._rows(id_, figures, lookup, task)
                for chunk, chosen in _by_days(rows, *span):
                    following = chunk[1] + timedelta(days=1)
                    behind = {
                        "since": earliest.isoformat(),
                        "next": following.isoformat(),
                        "is_open": following <= last,
                    }
                    told = [ToldWhole(PLATFORM, id_, *chunk)]
                    yield behind, (following - start).days / days, chosen, told

    # -- asking -----------------------------------------------------------------------------------------------------

    def _span(
        self, account: str, zone: ZoneInfo, first: date, last: date, task: Task, *, is_old: bool
    ) -> Iterator[tuple[Mapping[str, ByDay], tuple[date, date]]]:
        """Yield the figures of each level by id and day, of days that follow one another."""
        asked = self._asked(account, zone, first, last, task)
        weeks = day_spans(first, last, _SYNC_DAYS)
        if is_old or len(asked) * len(weeks) > _MANY:
            yield self._from_jobs(account, zone, first, last, asked, task), (first, last)
            return
        for week in weeks:
            figures: dict[str, ByDay] = {level: defaultdict(dict) for level in _LEVELS}
            for level, placement, ids in asked:
                params = self._params(level, placement, ids, zone, *week)
                _add(figures[level], self._api, self._api.get(f"stats/accounts/{account}", params, task), *week)
            yield figures, week

    def _asked(
        self, account: str, zone: ZoneInfo, first: date, last: date, task: Task
    ) -> list[tuple[str, str, list[str]]]:
        """Level, placement and ids of each request that is needed."""
        asked: list[tuple[str, str, list[str]]] = []
        for level in _LEVELS:
            placed: dict[str, set[str]] = defaultdict(set)
            if self._ways.entities == "all":
                path = f"accounts/{account}/{'line_items' if level == 'LINE_ITEM' else 'promoted_tweets'}"
                pages = self._api.pages(path, {"with_deleted": "true"}, task)
                ids = {str(each["id"]) for page, _ in pages for each in page}
                placed = dict.fromkeys(PLACEMENTS, ids)
            else:
                today = self._now.astimezone(zone).date()
                end = min(today, last + timedelta(days=_CORRECTED_DAYS))
                params = {"entity": level, **self._bounds(zone, first, end)}
                data = self._api.get(f"stats/accounts/{account}/active_entities", params, task).get("data")
                if not isinstance(data, list):
                    raise self._api.strange("not a list of active entities")
                for each in map(as_object, cast("list[Any]", data)):
                    for placement in cast("list[Any]", each.get("placements") or PLACEMENTS[:1]):
                        placed[str(placement)].add(str(each["entity_id"]))
            for placement, ids in sorted(placed.items()):
                ordered = sorted(ids)
                asked += [(level, placement, ordered[at : at + _IDS]) for at in range(0, len(ordered), _IDS)]
        return asked

    def _params(
        self, level: str, placement: str, ids: Sequence[str], zone: ZoneInfo, first: date, last: date
    ) -> dict[str, str]:
        return {
            "entity": level,
            "entity_ids": ",".join(ids),
            "granularity": "DAY",
            "metric_groups": "BILLING,ENGAGEMENT,VIDEO",
            "placement": placement,
            **self._bounds(zone, first, last),
        }

    def _bounds(self, zone: ZoneInfo, first: date, last: date) -> dict[str, str]:
        """From midnight to the midnight after the last day, in the account's zone."""
        end = last + timedelta(days=1)
        if self._ways.bounds == "dates":
            return {"start_time": first.isoformat(), "end_time": end.isoformat()}

        def midnight(day: date) -> str:
            local = datetime.combine(day, time(), zone)
            offset = self._now.astimezone(zone).utcoffset() if self._ways.bounds == "current" else local.utcoffset()
            moment = local.replace(tzinfo=UTC) - (offset or timedelta())
            return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

        return {"start_time": midnight(first), "end_time": midnight(end)}

    # -- jobs -------------------------------------------------------------------------------------------------------

    def _from_jobs(
        self,
        account: str,
        zone: ZoneInfo,
        first: date,
        last: date,
        asked: Sequence[tuple[str, str, list[str]]],
        task: Task,
    ) -> Mapping[str, ByDay]:
        figures: dict[str, ByDay] = {level: defaultdict(dict) for level in _LEVELS}
        path = f"stats/jobs/accounts/{account}"
        for start in range(0, len(asked), _JOBS):
            jobs: dict[str, str] = {}
            for level, placement, ids in asked[start : start + _JOBS]:
                params = self._params(level, placement, ids, zone, first, last)
                jobs[self._job_id(as_object(self._api.post(path, params, task).get("data")))] = level
            for job, url in self._finished(path, jobs, task):
                _add(figures[jobs[job]], self._api, self._result(url, task), first, last)
        return figures

    def _finished(self, path: str, jobs: Mapping[str, str], task: Task) -> Iterator[tuple[str, str]]:
        """Yield each job and where its result is, as they get ready."""
        waiting = {*jobs}
        for poll in range(_POLLS):
            body = self._api.get(path, {"job_ids": ",".join(sorted(waiting)), "count": str(len(waiting))}, task)
            for told in self._api.objects(body):
                job, status = self._job_id(told), str(told.get("status"))
                if job not in waiting:
                    continue
                if status == "SUCCESS" and told.get("url"):
                    waiting.discard(job)
                    yield job, str(told["url"])
                elif status not in {"PROCESSING", "QUEUED", "UPLOADING", "SUCCESS"}:
                    detail = f"the report {job} ended as {status}"
                    raise AttribenchError(
                        Code.PROVIDER_REFUSED, provider=self._files.provider, status=200, detail=detail, request="–"
                    )
            if not waiting:
                return
            self._files.pause(min(_LONGEST_POLL, 2.0 * 1.5**poll), task)
        detail = f"{len(waiting)} reports are not ready yet"
        raise AttribenchError(Code.PROVIDER_LIMIT, provider=self._files.provider, seconds=900, detail=detail)

    def _job_id(self, job: Object) -> str:
        told = job.get("id_str") or job.get("id")
        if not told:
            raise self._api.strange("a report without an id")
        return str(told)

    def _result(self, url: str, task: Task) -> Object:
        """What a job found."""
        if not url.startswith("https://"):
            raise self._api.strange("a report that is not behind HTTPS")
        content = self._files.download(url, task=task).content
        try:
            if content.startswith(b"\x1f\x8b"):
                unpacker = zlib.decompressobj(31)
                content = unpacker.decompress(content, _LARGEST)
                if unpacker.unconsumed_tail or not unpacker.eof:
                    raise self._api.strange("a report that breaks off or is too large")
            return as_object(json.loads(content))
        except (zlib.error, ValueError, RecursionError):
            raise self._api.strange("a report that is no JSON") from None

    # -- rows -------------------------------------------------------------------------------------------------------

    def _rows(self, account: str, figures: Mapping[str, ByDay], lookup: Lookup, task: Task) -> list[tuple[date, Row]]:
        """Rows of ads, and of line items where they had more than their ads."""
        ads, sets = figures["PROMOTED_TWEET"], figures["LINE_ITEM"]
        promoted = lookup.promoted({id_ for id_, _ in ads}, task)
        parents = {str(promoted[id_].get("line_item_id", "")) for id_, _ in ads if id_ in promoted}
        line_items = lookup.line_items({id_ for id_, _ in sets} | parents, task)
        campaigns = lookup.campaigns({str(each.get("campaign_id") or "") for each in line_items.values()}, task)
        posts = lookup.posts(promoted.values(), task)
        rest: ByDay = {key: dict(told) for key, told in sets.items()}
        rows: list[tuple[date, Row]] = []
        for (id_, day), told in sorted(ads.items()):
            ad = promoted.get(id_, {})  # of one that nobody knows the row is rejected, and seen
            parent = str(ad.get("line_item_id", ""))
            left = rest.get((parent, day))
            if left is not None:
                for name, count in told.items():
                    left[name] = max(0, left.get(name, 0) - count)
            names = {"ad_id": id_, "ad": post_name(ad, posts.get(str(ad.get("tweet_id")), {}))}
            rows.append((day, self._row(account, day, told, parent, line_items, campaigns, names)))
        for (id_, day), told in sorted(rest.items()):
            if any(told.values()):
                rows.append((day, self._row(account, day, told, id_, line_items, campaigns, {})))
        return rows

    def _row(
        self,
        account: str,
        day: date,
        told: Figures,
        line_item_id: str,
        line_items: Mapping[str, Object],
        campaigns: Mapping[str, Object],
        names: Mapping[str, str],
    ) -> Row:
        line_item = line_items.get(line_item_id, {})
        campaign = campaigns.get(str(line_item.get("campaign_id")), {})
        fields: dict[str, Any] = {
            "date": day.isoformat(),
            "platform": PLATFORM,
            "account": account,
            "campaign_id": line_item.get("campaign_id"),
            "campaign": campaign.get("name"),
            "ad_set_id": line_item_id or None,
            "ad_set": line_item.get("name"),
            **names,
            "objective": line_item.get("objective") or campaign.get("objective"),
            "spend": from_micros(told.get(_SPEND, 0)),
            "currency": line_item.get("currency") or campaign.get("currency"),
            "clicks": told.get(self._ways.clicks, 0),
            **{ours: told.get(theirs, 0) for ours, theirs in _FIELDS.items()},
        }
        return Row("ad-spend", {name: value for name, value in fields.items() if value is not None})


def _add(figures: ByDay, api: Api, body: Object, first: date, last: date) -> None:
    """Add an answer's figures; a day without any stays out, an entity told twice counts once.

    Raises:
        AttribenchError: PROVIDER_ANSWER when its days are others.
    """
    days = (last - first).days + 1
    for entity in {str(each.get("id")): each for each in api.objects(body)}.values():
        for part in cast("list[Any]", entity.get("id_data") or []):
            for name, series in as_object(as_object(part).get("metrics")).items():
                if not isinstance(series, list):
                    continue
                counts = cast("list[Any]", series)
                if len(counts) != days:
                    raise api.strange(f"{len(counts)} days where {days} were asked for")
                for at, count in enumerate(counts):
                    if count:
                        told = figures[str(entity["id"]), first + timedelta(days=at)]
                        told[name] = told.get(name, 0) + int(count)


def _by_days(
    rows: Sequence[tuple[date, Row]], first: date, last: date
) -> Iterator[tuple[tuple[date, date], list[Row]]]:
    """Yield stretches of whole days with about as many rows as a batch should have."""
    of_day: dict[date, list[Row]] = defaultdict(list)
    for day, row in rows:
        of_day[day].append(row)
    start, held = first, list[Row]()
    for day, _ in day_spans(first, last, 1):
        held += of_day[day]
        if len(held) >= _FULL or day == last:
            yield (start, day), held
            start, held = day + timedelta(days=1), []


def _zone(account: Object) -> ZoneInfo:
    try:
        return ZoneInfo(str(account["timezone"]))
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return ZoneInfo("UTC")


def _day(moment: Any, zone: ZoneInfo) -> date | None:
    try:
        return datetime.fromisoformat(str(moment)).astimezone(zone).date()
    except ValueError:
        return None

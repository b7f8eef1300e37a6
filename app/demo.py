"""Building the demo workspace, from the command line or the window: a simulated business, fetched as any other.

What providers tell comes through the connectors, from stand-ins that speak the providers' formats over the simulation's
facts (``connectors.standins``); what no provider tells is imported from files.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from app.credentials import Credentials, vault
from app.demo_session import DEMO
from app.syncing import provider_named, sync
from connectors.base import Login
from connectors.http import Http, InProcess
from connectors.standins.demo import PLAYED, read
from connectors.standins.moods import Moods
from engine import ProfileSettings, Workspace
from engine.demo import DEMO_PROFILE, simulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.base import Session
    from connectors.standins.demo import Business, Played
    from engine import Profile
    from engine.demo import DemoFiles, DemoPlan
    from engine.ingest.syncing import Connection
    from engine.task import Task
    from engine.workspace import Headline

_TRACKER = "collector"
_TOLD_EARLY = ("meta", "google_ads")  # fetched a day before the end as well: what they tell then is restated
_LEAST_DAYS = 5


def build_demo(path: Path, plan: DemoPlan, task: Task, keep: Path | None = None) -> tuple[Headline, Headline]:
    """Write a demo workspace.

    Args:
        path: of the file, which must not exist; when the work fails or is cancelled there is none.
        plan: how many people and days, and until when.
        task: progress and cancellation.
        keep: also keep the simulation's files in this folder: facts, tracker files, truth.

    Returns:
        The headline figures, and the same added up from their parts.

    Raises:
        AttribenchError: it cannot be written.
    """
    end = plan.until + timedelta(days=1)
    clock = _Clock(end)
    try:
        with tempfile.TemporaryDirectory(prefix="attribench-demo-") as scratch:
            files = simulate(plan, keep or Path(scratch), lambda part: task.report(0.25 * part, "simulating"))
            with Workspace.open(path, create=True, clock=clock) as opened:
                profile = opened.create_profile(
                    ProfileSettings(
                        name=DEMO_PROFILE.name,
                        currency=DEMO_PROFILE.currency,
                        timezone=DEMO_PROFILE.timezone,
                        phone_region=DEMO_PROFILE.phone_region,
                        domains=tuple(DEMO_PROFILE.domains),
                    )
                )
                fetching = _Fetching(opened, profile, files, plan)
                fetching.connect()
                if plan.days >= _LEAST_DAYS:
                    clock.stand_at(plan.until)
                    fetching.ask(plan.until, task.part(0.25, 0.3), _TOLD_EARLY)
                    clock.stand_at(end)
                fetching.ask(end, task.part(0.3, 0.65))
                for kind, file in (("conversions", files.stages), ("touches", files.touches)):
                    profile.import_file(kind, file)
                profile.rebuild(task.part(0.65, 1.0))
                figures = profile.headline(), profile.headline_by_parts()
                opened.checkpoint()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return figures


class _Fetching:
    """The connections of a demo, and fetching from their providers."""

    def __init__(self, workspace: Workspace, profile: Profile, files: DemoFiles, plan: DemoPlan) -> None:
        self._workspace = workspace
        self._profile = profile
        self._files = files
        self._plan = plan
        self._first = plan.until - timedelta(days=plan.days - 1)

    def connect(self) -> None:
        """Add the connections. They have no secrets."""
        settings = {played.provider: played.settings for played in PLAYED} | {_TRACKER: {"place": "tracker"}}
        for key, own in settings.items():
            provider = provider_named(key)
            defaults = {setting.name: setting.default for setting in provider.settings if setting.default}
            told = {**defaults, **own, "since": self._first.isoformat(), DEMO: True}
            self._profile.connect(key, provider.name, told)

    def ask(self, today: date, task: Task, only: Sequence[str] = ()) -> None:
        """Fetch what providers know when a day begins; on the last one platforms have settled their figures.

        Providers go side by side; what they tell does not depend on who comes first (I4, E7).
        """
        now, is_settled = self._workspace.clock(), today > self._plan.until
        business = read(self._files, self._first, now, today, is_settled=is_settled)
        played = {each.provider: each for each in PLAYED if not only or each.provider in only}

        def opened(connection: Connection) -> Session:
            if connection.provider == _TRACKER:
                return self._tracker(connection)
            return self._session(connection, played[connection.provider], business)

        keys = [*played, *(() if only else (_TRACKER,))]
        names = [provider_named(key).name for key in keys]
        outcomes = sync(self._workspace, self._profile, Credentials(vault(), {}), task, names=names, open_with=opened)
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error

    def _session(self, connection: Connection, played: Played, business: Business) -> Session:
        """A session with a provider that is played, moods included."""
        moody = InProcess(Moods(played.made(business), f"{self._plan.seed} {played.provider} {business.now}"))

        def make_http(provider: str, base_url: str, **options: Any) -> Http:
            return Http(provider, base_url, transport=moody, sleep=_no_sleep, seed=self._plan.seed, **options)

        login = Login(connection.settings, played.secrets, business.now, self._first, make_http)
        return provider_named(played.provider).open(login)

    def _tracker(self, connection: Connection) -> Session:
        """A session with the tracker's collector: the folder of its files."""
        settings = {**connection.settings, "place": str(self._files.events.parent)}
        return provider_named(_TRACKER).open(Login(settings, {}, self._workspace.clock(), self._first))


class _Clock:
    """Stands still at the beginning of a day, so that the same arguments give the same file."""

    def __init__(self, day: date) -> None:
        self.stand_at(day)

    def stand_at(self, day: date) -> None:
        """Stand at the midnight with which a day begins."""
        self._moment = datetime.combine(day, time(), ZoneInfo(DEMO_PROFILE.timezone)).astimezone(UTC)

    def __call__(self) -> datetime:
        return self._moment


def _no_sleep(seconds: float, task: Task) -> None:
    """Nobody waits for a stand-in."""
    del seconds
    task.check()

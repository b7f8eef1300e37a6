"""A profile's reports and templates: made, listed, opened, changed in their layout, deleted and brought back."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine.errors import AttribenchError, Code
from engine.reports.gathering import Request, gather
from engine.reports.layout import ACCENT, Layout, Logo
from engine.reports.snapshot import Snapshot
from engine.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from engine.queries.selection import Selection
    from engine.reports.verifying import Verification
    from engine.workspace import Profile

_KEPT = timedelta(days=30)
"""How long a deleted report can be brought back."""


@dataclass(frozen=True)
class Report:
    """A stored report.

    Attributes:
        report_id: in the workspace.
        snapshot: its figures.
        layout: how it is shown.
    """

    report_id: int
    snapshot: Snapshot
    layout: Layout

    @property
    def request(self) -> Request:
        """What it was made of."""
        return Request(self.snapshot.selection, self.snapshot.beside, self.snapshot.is_personal)


class Reports:
    """The reports of a profile.

    Args:
        profile: whose.
        clock: tells the moment, UTC.
    """

    def __init__(self, profile: Profile, clock: Callable[[], datetime]) -> None:
        self._profile = profile
        self._store = profile.store
        self._clock = clock

    def create(self, request: Request, layout: Layout | None = None, task: Task | None = None) -> Report:
        """Freeze the figures as they are now.

        Args:
            request: what it is made of.
            layout: how it is shown; that of the profile's latest report when None.
            task: progress and cancellation.

        Raises:
            AttribenchError: as :meth:`engine.workspace.Profile.query`; SETTING_INVALID of the layout.
        """
        task = task or Task()
        chosen = (layout or self.usual_layout()).checked()
        snapshot = gather(self._profile, request, task)
        task.check()
        now = self._now()
        with self._store.write(task) as cursor:
            cursor.run("delete from reports where deleted_at < $1", [now - _KEPT])
            report_id = int(cursor.value("select nextval('report_ids')"))
            cursor.run(
                "insert into reports values ($1, $2, $3, $4, $5, $6, null)",
                [
                    report_id,
                    self._profile.profile_id,
                    snapshot.created_at.replace(tzinfo=None),
                    snapshot.text(),
                    snapshot.fingerprint,
                    _layout_text(chosen),
                ],
            )
        return Report(report_id, snapshot, chosen)

    def all(self) -> list[Report]:
        """Every report, newest first."""
        return self._read("and deleted_at is null order by created_at desc, report_id desc", [])

    def get(self, report_id: int) -> Report:
        """One report. Raises REPORT_UNKNOWN."""
        found = self._read("and deleted_at is null and report_id = $2", [report_id])
        if not found:
            raise AttribenchError(Code.REPORT_UNKNOWN, report_id=report_id)
        return found[0]

    def change(self, report_id: int, layout: Layout) -> Report:
        """Show a report in another way; its figures stay. Raises REPORT_UNKNOWN or SETTING_INVALID."""
        report = replace(self.get(report_id), layout=layout.checked())
        with self._store.write() as cursor:
            cursor.run(
                "update reports set layout = $1 where report_id = $2 and profile_id = $3",
                [_layout_text(report.layout), report_id, self._profile.profile_id],
            )
        return report

    def delete(self, report_id: int) -> None:
        """Take a report off the list; :meth:`restore` brings it back for thirty days. Raises REPORT_UNKNOWN."""
        self.get(report_id)
        self._mark(report_id, self._now())

    def restore(self, report_id: int) -> Report:
        """Bring a deleted report back. Raises REPORT_UNKNOWN."""
        self._mark(report_id, None)
        return self.get(report_id)

    def duplicate(self, report_id: int, selection: Selection | None = None, task: Task | None = None) -> Report:
        """A new report like another one, for the next period or the one of ``selection``, without its commentary."""
        report = self.get(report_id)
        request = replace(report.request, selection=selection or next_period(report.snapshot.selection))
        return self.create(request, report.layout.as_template(), task)

    def verify(self, report_id: int, task: Task | None = None) -> Verification:
        """Recompute a report and say what has changed since. Raises REPORT_UNKNOWN."""
        from engine.reports.verifying import verify

        return verify(self._profile, self.get(report_id), task or Task())

    def usual_layout(self) -> Layout:
        """That of the profile's latest report, without its commentary and title, and with the profile's own brand."""
        latest = self._read("and deleted_at is null order by created_at desc, report_id desc limit 1", [])
        usual = replace(latest[0].layout.as_template(), title="") if latest else Layout()
        settings = self._profile.settings
        return replace(
            usual,
            logo=Logo.of(settings.logo) if settings.logo else usual.logo,
            accent=settings.accent if settings.accent != ACCENT else usual.accent,
            author=settings.prepared_by or usual.author,
        )

    # -- templates ------------------------------------------------------------------------------------------------

    def templates(self) -> dict[str, Layout]:
        """Layouts the user gave a name to, by name."""
        with self._store.read() as cursor:
            rows = cursor.rows(
                "select name, layout from report_templates where profile_id = $1 order by lower(name)",
                [self._profile.profile_id],
            )
        return {name: Layout.of(json.loads(text)) for name, text in rows}

    def template(self, name: str) -> Layout:
        """The template of that name, in any case. Raises REPORT_TEMPLATE with the names there are."""
        known = self.templates()
        for each, layout in known.items():
            if each.casefold() == name.casefold():
                return layout
        raise AttribenchError(Code.REPORT_TEMPLATE, name=name, known=list(known))

    def save_template(self, name: str, layout: Layout) -> None:
        """Keep a layout under a name, in place of one of that name; its commentary is left out."""
        text = _layout_text(layout.as_template().checked())
        with self._store.write() as cursor:
            cursor.run(
                "delete from report_templates where profile_id = $1 and name = $2", [self._profile.profile_id, name]
            )
            cursor.run(
                "insert into report_templates values ($1, $2, $3, $4)",
                [self._profile.profile_id, name, text, self._now()],
            )

    def drop_template(self, name: str) -> None:
        """Forget a template."""
        with self._store.write() as cursor:
            cursor.run(
                "delete from report_templates where profile_id = $1 and name = $2", [self._profile.profile_id, name]
            )

    # -- inside ---------------------------------------------------------------------------------------------------

    def _read(self, condition: str, parameters: list[Any]) -> list[Report]:
        with self._store.read() as cursor:
            rows = cursor.rows(
                f"select report_id, snapshot, layout from reports where profile_id = $1 {condition}",
                [self._profile.profile_id, *parameters],
            )
        return [Report(number, Snapshot.of(text), Layout.of(json.loads(layout))) for number, text, layout in rows]

    def _mark(self, report_id: int, deleted_at: datetime | None) -> None:
        with self._store.write() as cursor:
            cursor.run(
                "update reports set deleted_at = $1 where report_id = $2 and profile_id = $3",
                [deleted_at, report_id, self._profile.profile_id],
            )

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC).replace(tzinfo=None)


def next_period(selection: Selection) -> Selection:
    """The period after: the next month after a whole one, else as many days from the day after the last one on.

    It is compared with the one before it.
    """
    first, last = selection.date_from, selection.date_to
    start = last + timedelta(days=1)
    if first.day == 1 and start.day == 1 and (first.year, first.month) == (last.year, last.month):
        end = _month_end(start)
    else:
        end = last + timedelta(days=selection.days)
    return replace(selection, date_from=start, date_to=end, compare_from=first, compare_to=last)


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _layout_text(layout: Layout) -> str:
    return json.dumps(layout.data(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

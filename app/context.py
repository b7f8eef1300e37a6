"""What a page works with, and what it may ask of its window."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.answers import Answers
from engine.attribution.models import DEFAULT_MODEL
from engine.queries.masking import values_without_emails, without_emails, without_emails_in
from engine.queries.registry import QUERIES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from app.jobs import Jobs
    from app.selection import History, View
    from app.settings import Settings
    from app.syncs import Syncs
    from engine.profiles import ProfileSettings
    from engine.queries.result import Result
    from engine.queries.selection import Selection
    from engine.task import Task
    from engine.workspace import Profile, Workspace
    from widgets.look import Look


@dataclass(frozen=True)
class About:
    """What is known of a profile when its window opens.

    Attributes:
        settings: as stored.
        today: the day it is in its zone.
        days: first and last day with data; None without any.
        freshness: the last day of each kind of record.
        custom_models: the user's own: name to expression.
        is_derived: it was rebuilt at least once.
        is_stale: records or settings changed since.
        derived_at: when it was rebuilt, UTC.
        file_bytes: size of the workspace file.
        profiles: names of all profiles of the workspace.
    """

    settings: ProfileSettings
    today: date
    days: tuple[date, date] | None
    freshness: Mapping[str, date] = field(default_factory=dict[str, "date"])
    custom_models: Mapping[str, str] = field(default_factory=dict[str, str])
    is_derived: bool = True
    is_stale: bool = False
    derived_at: datetime | None = None
    file_bytes: int = 0
    profiles: tuple[str, ...] = ()


class Context(QObject):
    """One window's profile, view and services.

    Attributes:
        page_wanted: (page, what to open it with).
        conversion_wanted: explain this conversion.
        behind_wanted: (rows, id, label, model): the conversions behind a cell.
        record_wanted: show the raw record of a conversion, event, visit, touch or payment.
        detail_wanted: (title, widget): show it in the drawer.
        toasted: (text, label of an action or "", what it does or None).
        files_wanted: import these files; empty: ask which.
        rebuild_wanted: derive anew.
        read_again: records changed: every window is to ask anew.
        badge_wanted: (page, text): show it beside the page's name in the sidebar.
        undo_changed: whether the page shown has something of its own to undo may have changed.
        export_wanted: export the page's table; asks where.
        profile_wanted: look at another profile, by name.
        profile_gone: the profile was deleted: what to say.
    """

    page_wanted = Signal(str, object)
    conversion_wanted = Signal(str)
    behind_wanted = Signal(str, str, str, str)
    record_wanted = Signal(str)
    detail_wanted = Signal(str, object)
    toasted = Signal(str, str, object)
    files_wanted = Signal(list)
    rebuild_wanted = Signal()
    read_again = Signal()
    badge_wanted = Signal(str, str)
    undo_changed = Signal()
    export_wanted = Signal()
    profile_wanted = Signal(str)
    profile_gone = Signal(str)

    def __init__(
        self,
        look: Look,
        jobs: Jobs,
        settings: Settings,
        workspace: Workspace,
        profile: Profile,
        about: About,
        history: History,
        parent: QObject | None = None,
        *,
        syncs: Syncs,
        masked: bool = False,
    ) -> None:
        super().__init__(parent)
        self.look = look
        self.jobs = jobs
        self.settings = settings
        self.workspace = workspace
        self.profile = profile
        self.about = about
        self.history = history
        self.syncs = syncs
        self.masked = masked
        self.hushed = ""  # the reason of a banner the user hid
        self._answers = Answers()

    @property
    def view(self) -> View:
        """What is looked at now."""
        return self.history.view

    def query(self, name: str, selection: Selection, task: Task, **options: Any) -> Result:
        """Ask the profile, with personal data hidden where that is wanted; off the Qt thread.

        Where it is, an email in a page's address or a tag is hidden too.

        The last answers are kept until records change: going back, or to a model again, is at once.
        """
        query, masked = QUERIES[name], self.masked
        if masked and "masked" in query.options:
            options["masked"] = True
        if not query.is_modelled:  # the same under every model: a switch of the model asks nothing anew
            selection = replace(selection, model=DEFAULT_MODEL)
        key = name, selection, repr(sorted(options.items())), masked
        with self._answers.asking(key, task):
            kept, generation = self._answers.get(key)
            if kept is not None and not query.is_of_the_moment:
                return kept
            result = self.profile.query(name, selection, task, **options)
            if masked and "masked" not in query.options:
                result = replace(result, table=without_emails(result.table))
            if masked:  # it tells the filters as they are meant
                result = replace(result, meta=values_without_emails(dict(result.meta)))
            self._answers.keep(key, result, generation)
            return result

    def shown(self, text: str) -> str:
        """A text of the data as it may be seen."""
        return without_emails_in(text) if self.masked else text

    def learn(self, about: About) -> None:
        """Records or settings changed: earlier answers do not hold any more."""
        self.about = about
        self._answers.forget()

    def open(self, page: str, **facts: Any) -> None:
        """Go to a page."""
        self.page_wanted.emit(page, facts)

    def toast(self, text: str, action: str = "", run: object = None) -> None:
        """Say something in passing, with an action such as Undo."""
        self.toasted.emit(text, action, run)


def read_about(profile: Profile, workspace: Workspace) -> About:
    """Read what is known of a profile; off the Qt thread."""
    state = profile.derivation()
    spans = profile.data_days()
    days = [day for span in spans.values() for day in span]
    return About(
        settings=profile.settings,
        today=profile.today,
        days=(min(days), max(days)) if days else None,
        freshness={kind: last for kind, (_, last) in spans.items()},
        custom_models=profile.custom_models(),
        is_derived=state.is_derived,
        is_stale=state.is_stale,
        derived_at=state.derived_at,
        file_bytes=workspace.path.stat().st_size,
        profiles=tuple(each.settings.name for each in workspace.profiles()),
    )

"""What the command palette finds: commands, models, pages, saved views; campaigns and customers from the data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from app.names import MODEL_LABELS, model_label, platform_label
from app.pages import PAGES, shortcut_of
from engine.queries.selection import Filter
from widgets.inputs.matching import fold
from widgets.inputs.palette import PaletteItem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.context import Context
    from app.window import Window
    from engine.task import Task

_FOUND = 6
_MOST = 200  # looked through for several words
_LEAST_LETTERS = 2


class Searching(QObject):
    """Feeds the palette of a window. An item's payload is what running it does."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.centralWidget())
        self._window = window
        self._say = window.look.say
        self._views: dict[str, str] = {}
        palette = window.command_palette
        palette.set_source(self._instant)
        palette.search_wanted.connect(self._search)
        palette.run.connect(_run)
        self.read_views()

    def _instant(self, query: str, mode: str) -> list[PaletteItem]:
        """What is known without asking the data, in the palette's order; the palette ranks and filters."""
        items: list[PaletteItem] = []
        if mode in {"all", "actions"}:
            items += self._commands()
        if mode == "all" and self._window.context is not None:
            context = self._window.context
            items = self._models(context) + self._pages() + self._clients(context) + self._saved() + items
        return items

    def _commands(self) -> list[PaletteItem]:
        bound = self._window.bound
        return [
            PaletteItem(
                command.key,
                self._say(command.title),
                "",
                self._say("Commands"),
                command.icon or "caret-right",
                command.shortcuts[0] if command.shortcuts else "",
                bound[command.key].trigger,
            )
            for command in bound.commands
            if bound[command.key].isEnabled() and command.key != "palette"
        ]

    def _pages(self) -> list[PaletteItem]:
        return [
            PaletteItem(
                f"page:{key}",
                self._say(page.title),
                "",
                self._say("Pages"),
                page.icon,
                shortcut_of(key),
                _then(self._window.open_page, key),
            )
            for key, page in PAGES.items()
        ]

    def _models(self, context: Context) -> list[PaletteItem]:
        words = self._window.look.words
        now = model_label(words, context.view.selection.model)
        return [
            PaletteItem(
                f"model:{name}",
                self._say("Switch model to {model}", model=model_label(words, name)),
                self._say("now {model}", model=now),
                self._say("Models"),
                "scales",
                "",
                _then(context.history.select, model=name),
            )
            for name in (*MODEL_LABELS, *context.about.custom_models)
            if name != context.view.selection.model
        ]

    def _clients(self, context: Context) -> list[PaletteItem]:
        return [
            PaletteItem(
                f"client:{name}",
                self._say("Open {name}", name=name),
                "",
                self._say("Clients"),
                "buildings",
                "",
                _then(context.profile_wanted.emit, name),
            )
            for name in context.about.profiles
            if name != context.about.settings.name
        ]

    def _saved(self) -> list[PaletteItem]:
        return [
            PaletteItem(
                f"view:{name}",
                name,
                self._say("Saved view"),
                self._say("Views"),
                "bookmark-simple",
                "",
                _then(self._window.commands.use_view, text),
            )
            for name, text in self._views.items()
        ]

    def _search(self, query: str, mode: str) -> None:
        context = self._window.context
        if context is None or (len(query) < _LEAST_LETTERS and mode == "all"):
            return
        palette = self._window.command_palette

        def found(items: list[PaletteItem]) -> None:
            palette.add_results(query, items, mode)

        context.jobs.read((self, "search"), lambda task: self.ask(context, query, mode, task), found, _nothing)

    def ask(self, context: Context, query: str, mode: str, task: Task) -> list[PaletteItem]:
        """Campaigns and customers whose name holds the query; off the Qt thread."""
        selection = replace(context.view.selection, filters=(), goals=(), settings=None)
        items: list[PaletteItem] = []
        # The engine looks for one text: with several words the longest, the others are looked for in what it finds.
        words = query.split()
        options = {"search": max(words, key=len), "limit": _FOUND if len(words) == 1 else _MOST} if words else {}
        options = options or {"limit": _FOUND + 1}
        if mode in {"all", "campaigns"}:
            table = context.query("campaigns", selection, task, **options).table
            rows = [row for row in table.to_dicts() if row["row"] == "entity" and _has(words, row["entity_name"])]
            for row in rows[:_FOUND]:
                name = str(row["entity_name"])
                items.append(
                    PaletteItem(
                        f"campaign:{row['entity_id']}",
                        name,
                        platform_label(row["platform"]),
                        self._say("Campaigns"),
                        "megaphone",
                        "",
                        _then(self._window.open_page, "ads", entity=str(row["entity_id"])),
                    )
                )
                items.append(
                    PaletteItem(
                        f"filter:{row['entity_id']}",
                        self._say("Filter everything to {name}", name=name),
                        "",
                        self._say("Campaigns"),
                        "funnel",
                        "",
                        _then(context.history.set, context.view.with_filter(Filter("campaign", "is", (name,)))),
                    )
                )
        if mode in {"all", "customers"}:
            table = context.query("customers", selection, task, **options).table
            rows = [row for row in table.to_dicts() if _has(words, f"{row['name']} {row['email']}")]
            for row in rows[:_FOUND]:
                detail = f"{row['goal']}, {self._window.look.numbers.day(row['conversion_time'].date())}"
                items.append(
                    PaletteItem(
                        f"conversion:{row['conversion_id']}",
                        str(row["name"] or row["email"] or row["customer_profile_id"]),
                        detail,
                        self._say("Customers"),
                        "user",
                        "",
                        _then(self._window.explain, str(row["conversion_id"])),
                    )
                )
        return items

    def read_views(self) -> None:
        """Learn which views were saved."""
        context = self._window.context
        if context is not None:
            profile = context.profile
            context.jobs.read((self, "views"), lambda _task: profile.saved_views(), self._keep_views, _nothing)

    def _keep_views(self, views: dict[str, str]) -> None:
        self._views = views


def _has(words: Sequence[str], text: str) -> bool:
    """Whether the text holds each of several words; one the engine has looked for."""
    return len(words) < 2 or all(fold(word) in fold(text) for word in words)


def _then(function: Callable[..., Any], *arguments: Any, **named: Any) -> Callable[[], Any]:
    return lambda: function(*arguments, **named)


def _run(payload: Any) -> None:
    payload()


def _nothing(_error: Exception) -> None:
    """A suggestion that could not be read is not suggested."""

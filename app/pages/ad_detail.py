"""One campaign, ad set or ad beside the table: its figures, its days, its video, its models, and whom it brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.messages import explain
from app.names import LEVEL_LABELS, meaning, model_label
from app.pages.ad_cards import Cards, ModelBars
from app.pages.ad_people import LISTED, AdPeople
from app.pages.ad_rows import METRIC_OF
from engine.errors import AttribenchError
from engine.queries.metrics import METRICS
from widgets.charts.data import Panel as ChartPanel
from widgets.charts.data import Series
from widgets.charts.meters import Meters
from widgets.charts.multiples import SmallMultiples
from widgets.inputs.icon_button import IconButton
from widgets.panel import Panel, label, rule
from widgets.table.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.context import Context
    from engine.queries.result import Result
    from engine.task import Task
    from widgets.charts.meters import Meter

_CARDS = (
    "spend", "outcome_value", "roas", "cac", "impressions", "reach", "frequency", "ctr", "clicks", "avg_cpm",
    "avg_cpc", "outcome_count",
)  # fmt: skip
_EXACT = frozenset({"cac", "avg_cpm", "avg_cpc"})
_CARD_LABELS = {"outcome_value": "Revenue", "outcome_count": "Conversions"}
_VIDEO = ("hook_rate", "retention_rate", "completion_rate", "thumb_stop_rate", "avg_watch_seconds")
_VIDEO_LABELS = {"retention_rate": "Retention, 75 %", "completion_rate": "Completion", "thumb_stop_rate": "Thumb stop"}
_MOST_MODELS = 4
_NOTICE_HEIGHT = 120


class AdDetail(QWidget):
    """The detail of a row of the ads' table.

    Args:
        context: of the window.
        owner: the page; its reads are dropped with it.

    Attributes:
        closed: it is to go away.
        filter_wanted: everything is to be filtered to the row that is shown.
    """

    closed = Signal()
    filter_wanted = Signal(dict)

    def __init__(self, context: Context, owner: QWidget) -> None:
        super().__init__()
        self._context = context
        self._owner = owner
        self._look = context.look
        self._row: dict[str, Any] = {}
        self._average: Mapping[str, float | None] = {}
        self.setAccessibleName(self._look.say("Details"))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._head())
        outer.addWidget(rule())
        body = QWidget()
        body.setProperty("kind", "canvas")
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._fill()
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(self._look.say("Details"))
        area.setWidget(body)
        outer.addWidget(area, 1)
        self.setFocusProxy(area)

    @property
    def row(self) -> Mapping[str, Any]:
        """What is shown; empty before anything was."""
        return self._row

    def show_row(self, row: Mapping[str, Any], average: Mapping[str, float | None]) -> None:
        """Show a row of the table.

        Args:
            row: raw.
            average: figures of all its account's video ads; empty when there is none to compare with.
        """
        self._row, self._average = dict(row), average
        say = self._look.say
        way = [str(LEVEL_LABELS.get(str(row["entity_level"]), ""))]
        crumbs = [one_line(str(part)) for part in (row["above"],) if part]
        self.crumbs.setText(" / ".join(crumbs) if crumbs else say(way[0]))
        name = one_line(str(row["label"]))
        self.name.setText(name)
        self.name.setToolTip(name)
        is_entity = row["row"] == "entity"
        self.filter.setVisible(is_entity)
        self._show_facts(is_entity=is_entity)
        self._show_cards()
        self._show_video()
        for part in (self.trend_panel, self.models_panel, self.people_panel):
            part.setVisible(is_entity)
        self.signs.hide()
        self._signs_rule.hide()
        if is_entity:
            self.reload()

    def reload(self) -> None:
        """Ask everything about the row anew."""
        level, asked = str(self._row["entity_level"]), str(self._row["asked_id"])
        self._ask(self.trend_panel, "trend", self._show_trend, entity_ids=[asked], level=level)
        self._ask(
            self.models_panel, "compare", self._show_models, models=self._models(), by=level,
            search=str(self._row["entity_name"]),
        )  # fmt: skip
        self._ask(self.people_panel, "behind", self._show_people, by=level, id=asked, limit=LISTED)
        self._ask(None, "fatigue", self._show_signs, level=level)

    # -- building -------------------------------------------------------------------------------------------------

    def _head(self) -> QWidget:
        look, say = self._look, self._look.say
        head = QWidget(self)
        row = QHBoxLayout(head)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(4)
        names = QVBoxLayout()
        names.setSpacing(0)
        self.crumbs = label(look, "", "caption")
        self.name = label(look, "", "strong")
        for each in (self.crumbs, self.name):
            each.setMinimumWidth(60)  # long names are cut, they do not widen the pane
            names.addWidget(each)
        self.filter = IconButton(look, "funnel", say("Filter everything to this"))
        self.filter.clicked.connect(self._want_filter)
        close = IconButton(look, "x", say("Close"))
        close.clicked.connect(self.closed)
        row.addLayout(names, 1)
        row.addWidget(self.filter, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _fill(self) -> None:
        look, say = self._look, self._look.say
        self._facts = QWidget()
        facts = QVBoxLayout(self._facts)
        facts.setContentsMargins(16, 10, 16, 10)
        facts.setSpacing(6)
        tags = QHBoxLayout()
        tags.setSpacing(6)
        self.status = label(look, "", "tag")
        self.kind = label(look, "", "tag")
        self.since = label(look, "", "tag")
        for tag in (self.status, self.kind, self.since):
            tags.addWidget(tag)
        tags.addStretch(1)
        self.facts = label(look, "", "secondary")
        self.facts.setWordWrap(True)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        facts.addLayout(tags)
        facts.addWidget(self.facts)
        self.cards = Cards(look, 4, say("Figures"))
        self.trend = SmallMultiples(look)
        self.trend.setMinimumHeight(136)
        self.trend_panel = self._section(say("Daily trend"), self.trend, 136)
        self.video = Meters(look)
        self.video_panel = self._section(say("Video"), self.video, 0)
        self._beside = label(look, "", "caption")
        self.video_panel.header_layout.addWidget(self._beside)
        self.models = ModelBars(look, say("ROAS by model"))
        self.models_panel = self._section(say("ROAS by model"), self.models, 0, is_wide=True)
        self._leaning = label(look, "", "caption")
        self.models_panel.header_layout.addWidget(self._leaning)
        self.signs = label(look, "", "secondary")
        self.signs.setWordWrap(True)
        self.signs.setContentsMargins(16, 10, 16, 10)
        self._signs_rule = rule()
        self.people = AdPeople(self._context)
        self.people.every.clicked.connect(self._want_every)
        self.people_panel = self._section(say("Conversions it contributed to"), self.people, 190, is_wide=True)
        self.people_panel.header_layout.addWidget(self.people.every)
        for part in (self._facts, rule(), self.cards, self.trend_panel, self.video_panel, self.signs):
            self._column.addWidget(part)
        self._column.addWidget(self._signs_rule)
        self._column.addWidget(self.models_panel)
        self._column.addWidget(self.people_panel)
        self._column.addStretch(1)

    def _section(self, title: str, content: QWidget, height: int, *, is_wide: bool = False) -> Panel:
        """A part with its own states."""
        holder = QWidget()
        box = QVBoxLayout(holder)
        box.setContentsMargins(0 if is_wide else 16, 0, 0 if is_wide else 16, 10)
        box.addWidget(content)
        panel = Panel(self._look, title, holder)
        if height:
            content.setFixedHeight(height)
        panel.retried.connect(self.reload)
        box = panel.layout()
        if box is not None:
            box.addWidget(rule())
        return panel

    # -- what is known at once ------------------------------------------------------------------------------------

    def _show_facts(self, *, is_entity: bool) -> None:
        row, say, numbers = self._row, self._look.say, self._look.numbers
        if not is_entity:
            for tag in (self.status, self.kind, self.since):
                tag.hide()
            self.facts.setText(
                say("Ad touches that name no known campaign. Data quality lists what they say.")
                if row["row"] == "unresolved"
                else say("What is known only for the level above. It makes the parts add up to their whole.")
            )
            return
        status = str(row["status_label"] or "")
        self.status.setText(status)
        self.status.setProperty("kind", "tag" if row["pause"] else "tag-good")
        self.status.style().polish(self.status)
        self.status.setVisible(bool(status))
        self.kind.setText(say("Video"))
        self.kind.setVisible(row["entity_level"] == "ad" and bool(row["video_plays"]))
        self.since.setVisible(row["first_on"] is not None)
        if row["first_on"] is not None:
            self.since.setText(say("since {day}", day=numbers.day(row["first_on"], with_year=True)))
        facts = [row["platform_label"], row["account"], row["objective_label"]]
        if row["daily_budget"] is not None:
            budget = numbers.money(float(row["daily_budget"]), currency=str(row["currency"] or ""))
            facts.append(say("{money} a day", money=budget))
        facts.append(say("id {id}", id=row["entity_id"]))
        self.facts.setText(" · ".join(one_line(str(fact)) for fact in facts if fact))

    def _show_cards(self) -> None:
        say = self._look.say
        cards: list[tuple[str, str, str]] = []
        for field in _CARDS:
            metric = METRICS[METRIC_OF.get(field, field)]
            cards.append(
                (
                    say(_CARD_LABELS.get(field) or metric.label),
                    self._figure(field),
                    meaning(self._look.words, metric.definition),
                )
            )
        self.cards.show_cards(cards)

    def _figure(self, field: str, *, value: float | None = None) -> str:
        """A figure with the digits it has in the table; of the row if no value is given."""
        shown = self._row[field] if value is None else value
        if field == "ctr":
            return self._look.numbers.percent(shown, 2)
        unit = METRICS[METRIC_OF.get(field, field)].unit
        return self._look.numbers.show(shown, unit, is_exact=field in _EXACT)

    def _show_video(self) -> None:
        say = self._look.say
        has_video = bool(self._row["video_plays"])
        self.video_panel.setVisible(has_video)
        if has_video:
            self._beside.setText(say("▏ average of the account's video ads") if self._average else "")
            rows: list[Meter] = [
                (
                    say(_VIDEO_LABELS.get(name) or METRICS[name].label),
                    self._row[name],
                    self._average.get(name),
                    METRICS[name].unit,
                    METRICS[name].direction,
                )
                for name in _VIDEO
            ]
            self.video.show(rows, say("Account average"))
            self.video_panel.ready()
            self._fit(self.video_panel)

    # -- what is asked --------------------------------------------------------------------------------------------

    def _ask(self, panel: Panel | None, name: str, show: Callable[[Result], None], **options: Any) -> None:
        context, selection = self._context, self._context.view.selection
        if panel is not None:
            panel.begin()

        def done(result: Result) -> None:
            if panel is not None:
                panel.ready()
                self._fit(panel)
            show(result)

        def failed(error: Exception) -> None:
            if panel is not None:
                text = explain(error, self._look.words) if isinstance(error, AttribenchError) else str(error)
                panel.fail(self._look.say("This could not be read"), text, self._look.say("Try again"))
                self._fit(panel)

        def work(task: Task) -> Result:
            return context.query(name, selection, task, **options)

        context.jobs.read((self._owner, "detail", name), work, done, failed)

    def _fit(self, panel: Panel) -> None:
        """A part is as high as its content, or as what it has to say in its place."""
        is_ready = panel.notice.isHidden()
        needed = panel.header.height() + panel.content.sizeHint().height() + 1
        panel.setMinimumHeight(needed if is_ready else panel.header.height() + _NOTICE_HEIGHT)
        panel.setMaximumHeight(panel.minimumHeight())

    def _models(self) -> list[str]:
        """The selected model and those compared, first and last touch among them."""
        view = self._context.view
        chosen = dict.fromkeys(["first_touch", view.selection.model, *view.models])
        return list(chosen)[:_MOST_MODELS]

    def _show_trend(self, result: Result) -> None:
        table, say = result.table, self._look.say
        days = table["date"].to_list()
        parts: tuple[tuple[str, str, str, str], ...] = (
            ("spend", "money", "cost", "bars"),
            ("impressions", "count", "people", "line"),
            ("clicks", "count", "people", "line"),
        )
        panels = [
            ChartPanel(
                Series(name, say(METRICS[name].label), unit, table[name].cast(pl.Float64).to_list(), role),  # pyright: ignore[reportArgumentType] - named above
                mark,  # pyright: ignore[reportArgumentType]
                total=self._row[name],
            )
            for name, unit, role, mark in parts
        ]
        self.trend.show(days, "day", panels)

    def _show_models(self, result: Result) -> None:
        own = result.table.filter(
            (pl.col("entity_id") == self._row["entity_id"]) & (pl.col("platform") == self._row["platform"])
        ).to_dicts()
        row = own[0] if own else {}
        words = self._look.words
        selected = self._context.view.selection.model
        models = self._models()
        self.models.show_models(
            [(model_label(words, model), row.get(f"{model}.roas"), model == selected) for model in models]
        )
        opens, closes = row.get("first_touch.roas"), row.get("last_touch.roas")
        leaning = ""
        if opens is not None and closes is not None and opens != closes:
            leaning = words.say("opens more than it closes" if opens > closes else "closes more than it opens")
        self._leaning.setText(leaning)

    def _show_signs(self, result: Result) -> None:
        own = result.table.filter(
            (pl.col("entity_id") == self._row["entity_id"]) & (pl.col("platform") == self._row["platform"])
        ).to_dicts()
        if not own:
            return
        row, say = own[0], self._look.say
        parts: list[str] = []
        for sign, text, field in (
            ("ctr_down", "CTR fell from {before} to {now}", "ctr"),
            ("cpm_up", "CPM rose from {before} to {now}", "avg_cpm"),
            ("frequency_high", "frequency is high and rose from {before} to {now}", "frequency"),
        ):
            if row[sign]:
                before, now = (self._figure(field, value=row[key]) for key in (f"{field}_before", field))
                parts.append(say(text, before=before, now=now))
        if parts:
            text = say("Signs of fatigue against the period before: {signs}.", signs="; ".join(parts))
        elif row["is_judged"]:
            text = say("No sign of fatigue against the period before.")
        else:
            text = say("Too few impressions in this period or the one before to judge fatigue.")
        self.signs.setProperty("kind", "warn" if parts else "muted")
        self.signs.style().polish(self.signs)
        self.signs.setText(text)
        self.signs.show()
        self._signs_rule.show()

    def _show_people(self, result: Result) -> None:
        if not self.people.show_result(result):
            self.people_panel.empty(self._look.say("No conversion in these days"))
        self._fit(self.people_panel)

    # -- hearing --------------------------------------------------------------------------------------------------

    def _want_filter(self) -> None:
        self.filter_wanted.emit(self._row)

    def _want_every(self) -> None:
        row = self._row
        model = self._context.view.selection.model
        self._context.behind_wanted.emit(row["entity_level"], row["asked_id"], str(row["label"]), model)

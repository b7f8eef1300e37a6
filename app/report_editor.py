"""How a report is shown: sections, commentary, brand, targets, language. Every change is told at once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.messages import explain
from app.report import read_logo
from engine.branding import contrast_on_white
from engine.errors import AttribenchError
from engine.formats import LOCALES
from engine.queries.metrics import METRICS
from engine.reports.layout import SECTIONS, TARGETS, Layout
from widgets.inputs.picker import Choice, PickerButton
from widgets.inputs.segments import Segments
from widgets.panel import label, rule
from widgets.section_list import SectionList

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QLabel

    from widgets.look import Look

LANGUAGES = {"en_US": "English", "es_ES": "Español (España)", "es_MX": "Español (México)"}
_PAUSE_MS = 500  # of typing, before it is taken
_EDGE = 16
_COMMENTARY_HIGH = 120


class ReportEditor(QScrollArea):
    """Edits a layout.

    Attributes:
        changed: the layout as it is now.
        template_saved: keep the layout under this name.
    """

    changed = Signal(object)
    template_saved = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._say = look, look.say
        self.layout_ = Layout()
        self._templates: Mapping[str, Layout] = {}
        self._is_showing = False
        self._section = "summary"
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_PAUSE_MS)
        self._later.timeout.connect(self._take)
        body = QWidget()
        body.setProperty("kind", "canvas")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(_EDGE, 12, _EDGE, 16)
        self._column.setSpacing(8)
        self.facts = label(look, "", "muted")
        self.facts.setWordWrap(True)
        self._column.addWidget(self.facts)
        self._add_document()
        self._add_sections()
        self._add_brand()
        self._add_targets()
        self._add_template()
        self._column.addStretch(1)
        self.setWidget(body)

    # -- what the page calls --------------------------------------------------------------------------------------

    def show_layout(self, layout: Layout, facts: str) -> None:
        """Show a layout, and what the figures are; says nothing to the signals."""
        self._is_showing = True
        self._later.stop()
        self.layout_ = layout
        self.facts.setText(facts)
        self.title.setText(layout.title)
        self.author.setText(layout.author)
        self.language.set_current(layout.locale)
        self.paper.set_current(layout.paper)
        titles = {key: self._say(title) for key, title in SECTIONS.items()}
        shown = (*layout.sections, *(key for key in layout.order if key not in layout.sections))
        self.sections.show_sections(titles, layout.order if layout.order else shown, layout.sections)
        self._show_commentary()
        self.accent.setText(layout.accent)
        self._show_brand()
        for metric, field in self.targets.items():
            target = layout.targets.get(metric)
            field.setText("" if target is None else f"{target:g}")
        self._is_showing = False

    def set_templates(self, templates: Mapping[str, Layout]) -> None:
        """The layouts that were kept under a name."""
        self._templates = templates
        self.template.set_choices([Choice(name, name) for name in templates])
        self.template.setEnabled(bool(templates))

    # -- building -------------------------------------------------------------------------------------------------

    def _head(self, text: str) -> None:
        self._column.addWidget(rule())
        self._column.addWidget(label(self._look, text, "strong"))

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        self._column.addLayout(grid)
        return grid

    def _row(self, grid: QGridLayout, text: str, widget: QWidget) -> None:
        row = grid.rowCount()
        name = label(self._look, text, "muted")
        name.setBuddy(widget)
        grid.addWidget(name, row, 0)
        grid.addWidget(widget, row, 1)

    def _field(self, name: str, placeholder: str = "") -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(name)
        field.setPlaceholderText(placeholder)
        field.textEdited.connect(self._changed_later)
        return field

    def _add_document(self) -> None:
        say, grid = self._say, self._grid()
        self.title = self._field(say("Title"), say("Marketing attribution report"))
        self.author = self._field(say("Prepared by"))
        self.language = PickerButton(self._look)
        self.language.setAccessibleName(say("Language"))
        self.language.set_choices([Choice(locale, LANGUAGES[locale]) for locale in LOCALES])
        self.language.chosen.connect(self._take)
        self.paper = Segments(self._look, [("a4", "A4"), ("letter", "Letter")], name=say("Paper"))
        self.paper.chosen.connect(self._take)
        for text, widget in (
            (say("Title"), self.title),
            (say("Prepared by"), self.author),
            (say("Language"), self.language),
            (say("Paper"), self.paper),
        ):
            self._row(grid, text, widget)

    def _add_sections(self) -> None:
        say = self._say
        self._head(say("Sections"))
        self.sections = SectionList(self._look, say("Sections"))
        self.sections.arranged.connect(self._take)
        self.sections.chosen.connect(self._comment_on)
        self._column.addWidget(self.sections)
        self.commentary_name = label(self._look, "", "strong")
        self.commentary = QPlainTextEdit()
        self.commentary.setMinimumHeight(_COMMENTARY_HIGH)
        self.commentary.setTabChangesFocus(True)
        self.commentary.setPlaceholderText(say("What does this mean for the client? **Bold**, lists and links work."))
        self.commentary.textChanged.connect(self._changed_later)
        self._column.addWidget(self.commentary_name)
        self._column.addWidget(self.commentary)

    def _add_brand(self) -> None:
        say = self._say
        self._head(say("Brand"))
        grid = self._grid()
        self.logo = QPushButton()
        self.logo.clicked.connect(self._choose_logo)
        self.no_logo = QPushButton(say("Remove"))
        self.no_logo.clicked.connect(partial(self._set_logo, None))
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.logo, 1)
        row.addWidget(self.no_logo)
        self._row(grid, say("Client logo"), both)
        self.accent = self._field(say("Accent"), "#1F5F4A")
        self._row(grid, say("Accent"), self.accent)
        self.accent_note = label(self._look, "", "muted")
        self.accent_note.setWordWrap(True)
        self._column.addWidget(self.accent_note)

    def _add_targets(self) -> None:
        self._head(self._say("Targets"))
        grid = self._grid()
        self.targets: dict[str, QLineEdit] = {}
        for metric in TARGETS:
            name = self._say(METRICS[metric].label)
            self.targets[metric] = self._field(name, self._say("none"))
            self._row(grid, name, self.targets[metric])

    def _add_template(self) -> None:
        say = self._say
        self._head(say("Template"))
        self.template = PickerButton(self._look, none=say("Use a template"))
        self.template.setAccessibleName(say("Template"))
        self.template.chosen.connect(self._use_template)
        self.save_template = QPushButton(say("Save as template…"))
        self.save_template.clicked.connect(self._name_template)
        row = QHBoxLayout()
        row.addWidget(self.template, 1)
        row.addWidget(self.save_template)
        self._column.addLayout(row)
        self.problem: QLabel = label(self._look, "", "muted")
        self.problem.setWordWrap(True)
        self._column.addWidget(self.problem)

    # -- what the user does ---------------------------------------------------------------------------------------

    def _changed_later(self) -> None:
        if not self._is_showing:
            self._show_brand()
            self._later.start()

    def _take(self, *_told: object) -> None:
        """Tell the layout as it is; what cannot be is said instead."""
        if self._is_showing:
            return
        self._later.stop()
        told, comment = dict(self.layout_.commentary), self.commentary.toPlainText()
        if comment.strip():
            told[self._section] = comment
        else:
            told.pop(self._section, None)
        try:
            layout = replace(
                self.layout_,
                title=self.title.text().strip(),
                author=self.author.text().strip(),
                locale=self.language.current or self.layout_.locale,
                paper="letter" if self.paper.current == "letter" else "a4",
                sections=self.sections.on(),
                order=self.sections.order(),
                commentary=told,
                accent=self.accent.text().strip() or Layout().accent,
                targets=self._targets(),
            ).checked()
        except AttribenchError as error:
            self.problem.setText(explain(error, self._look.words))
            return
        self.problem.setText("")
        if layout != self.layout_:
            self.layout_ = layout
            self.changed.emit(layout)

    def _targets(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for metric, field in self.targets.items():
            text = field.text().strip().replace(",", ".")
            try:
                value = float(text) if text else 0.0
            except ValueError:
                continue
            if value > 0:
                found[metric] = value
        return found

    def _comment_on(self, section: str) -> None:
        if section != self._section:
            self._take()
            self._section = section
            self._show_commentary()

    def _show_commentary(self) -> None:
        was, self._is_showing = self._is_showing, True
        self.commentary_name.setText(self._say("Commentary: {section}", section=self._say(SECTIONS[self._section])))
        self.commentary.setAccessibleName(self.commentary_name.text())
        told = self.layout_.commentary.get(self._section, "")
        if self.commentary.toPlainText() != told:
            self.commentary.setPlainText(told)
        self._is_showing = was

    def _show_brand(self) -> None:
        logo = self.layout_.logo
        self.logo.setText(self._say("Choose…") if logo is None else self._say("Change…"))
        self.no_logo.setVisible(logo is not None)
        try:
            contrast = contrast_on_white(self.accent.text().strip())
        except ValueError:
            self.accent_note.setText(self._say("A colour such as {color}", color="#1F5F4A"))
            return
        told = self._look.numbers.decimal(contrast, 1)
        self.accent_note.setText(self._say("{contrast}:1 on white; at least 4.5:1 is needed", contrast=told))

    def _choose_logo(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, self._say("Client logo"), "", self._say("Pictures (*.png *.jpg *.jpeg *.svg)")
        )
        if chosen:
            self.use_logo(Path(chosen))

    def use_logo(self, path: Path) -> None:
        """Take a picture as the client's logo, or say why not."""
        try:
            logo = read_logo(path)
        except AttribenchError as error:
            self.problem.setText(explain(error, self._look.words))
            return
        self.layout_ = replace(self.layout_, logo=logo)
        self._show_brand()
        self.problem.setText("")
        self.changed.emit(self.layout_)

    def _set_logo(self, _logo: None, *_clicked: bool) -> None:
        self.layout_ = replace(self.layout_, logo=None)
        self._show_brand()
        self.changed.emit(self.layout_)

    def _use_template(self, name: str) -> None:
        layout = replace(self._templates[name], commentary=self.layout_.commentary, title=self.layout_.title)
        self.show_layout(layout, self.facts.text())
        self.changed.emit(layout)

    def _name_template(self) -> None:
        name, is_chosen = QInputDialog.getText(self, self._say("Save as template"), self._say("Name"))
        if is_chosen and name.strip():
            self.template_saved.emit(name.strip())

"""The editor: colours, completion while typing, the statement at the cursor, a mark where a mistake is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QStringListModel, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeySequence,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QCompleter, QListView, QPlainTextEdit, QTextEdit

from widgets.sql.completing import Offer, Vocabulary, offers, part_at
from widgets.sql.lexing import statement_at, tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QFocusEvent, QKeyEvent

    from widgets.look import Look

_MOST_OFFERS = 200
_INDENT = "  "
_OPEN_COMMENT = 1
_COLORS: Mapping[str, str] = {
    "keyword": "accent.text",
    "text": "good.text",
    "number": "series.money_text",
    "comment": "text.muted",
    "quoted": "text.primary",
}
_RUNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class SqlEditor(QPlainTextEdit):
    """A plain text field for SQL.

    Attributes:
        run_wanted: Ctrl+Return or F5.
        earlier_wanted: Alt+Up: the statement before in the history.
        later_wanted: Alt+Down.
    """

    run_wanted = Signal()
    earlier_wanted = Signal()
    later_wanted = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self._known = Vocabulary({}, {})
        self._offered: list[Offer] = []
        self._mistake: tuple[int, int] | None = None
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAccessibleName(look.say("SQL"))
        self.setFont(look.font("code"))
        self.setStyleSheet("font-size: 12px; border: none; border-radius: 0; padding: 8px 12px;")
        self.setTabStopDistance(2 * QFontMetricsF(self.font()).horizontalAdvance(" "))
        self._colors = _Colors(look, self.document())
        self._names = QStringListModel(self)
        self._completer = QCompleter(self._names, self)
        self._completer.setWidget(self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.activated.connect(self._put)
        self._popup = QListView(self)
        self._popup.setAccessibleName(look.say("Completion"))
        self._popup.setStyleSheet("QListView { padding: 3px; }")
        self._completer.setPopup(self._popup)
        self.textChanged.connect(self._forget_mistake)
        self.cursorPositionChanged.connect(self._mark)
        look.changed.connect(self._recolor)

    def set_vocabulary(self, known: Vocabulary) -> None:
        """What completion offers."""
        self._known = known

    @property
    def statement(self) -> str:
        """What is to be run: the selection, else the statement the cursor is in."""
        span = self._span()
        return self.toPlainText()[span[0] : span[1]] if span is not None else ""

    def show_mistake(self, line: int, column: int) -> None:
        """Underline the word at a place of the statement that was run, and go there."""
        span = self._span()
        if span is None:
            return
        text = self.toPlainText()
        lines = text[span[0] : span[1]].split("\n")
        if not 1 <= line <= len(lines):
            return
        at = span[0] + sum(len(each) + 1 for each in lines[: line - 1]) + column - 1
        word = next((token for token in tokens(text[: span[1]]) if token.start <= at < token.end), None)
        self._mistake = (at, word.end if word is not None else min(at + 1, len(text)))
        cursor = self.textCursor()
        cursor.setPosition(min(at, len(text)))
        self.setTextCursor(cursor)
        self._mark()

    def put(self, text: str) -> None:
        """Put a name in at the cursor, as from a list."""
        self.textCursor().insertText(text)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def replace_all(self, text: str) -> None:
        """Another text; Ctrl+Z brings the one before back."""
        cursor = self.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        cursor.setPosition(0)
        self.setTextCursor(cursor)

    def offered(self) -> list[Offer]:
        """What completion offers at the cursor."""
        return offers(self.toPlainText(), self.textCursor().position(), self._known)[:_MOST_OFFERS]

    # -- keys -----------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """F5 runs here, though it syncs elsewhere."""
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_F5:  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] - a key event
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, has_ctrl = Qt.Key(event.key()), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        has_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        popup = self._popup
        if popup.isVisible() and not has_ctrl:
            if key in (*_RUNS, Qt.Key.Key_Tab):
                self._put(str(popup.currentIndex().data() or (self._offered[0].text if self._offered else "")))
                popup.hide()
                return
            if key == Qt.Key.Key_Escape:
                popup.hide()
                return
        if key == Qt.Key.Key_F5 or (has_ctrl and key in _RUNS):
            popup.hide()
            self.run_wanted.emit()
        elif has_ctrl and key == Qt.Key.Key_Space:
            self._complete()
        elif has_ctrl and key == Qt.Key.Key_Slash:
            self._comment()
        elif has_alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            (self.earlier_wanted if key == Qt.Key.Key_Up else self.later_wanted).emit()
        elif key == Qt.Key.Key_Tab:
            self.textCursor().insertText(_INDENT)
        elif event.matches(QKeySequence.StandardKey.InsertParagraphSeparator):
            self._break_line()
        else:
            super().keyPressEvent(event)
            self._complete_typed(event.text())

    def _break_line(self) -> None:
        """A new line as far in as this one."""
        cursor = self.textCursor()
        line = cursor.block().text()[: cursor.positionInBlock()]
        cursor.insertText("\n" + line[: len(line) - len(line.lstrip(" "))])
        self.ensureCursorVisible()

    def _comment(self) -> None:
        """Take the lines of the selection out of the statement, or into it again."""
        cursor = self.textCursor()
        document = self.document()
        first, last = document.findBlock(cursor.selectionStart()), document.findBlock(cursor.selectionEnd())
        blocks = [first]
        while blocks[-1].blockNumber() < last.blockNumber():
            blocks.append(blocks[-1].next())
        is_all = all(block.text().lstrip().startswith("--") for block in blocks if block.text().strip())
        edit = QTextCursor(document)
        edit.beginEditBlock()
        for block in blocks:
            text = block.text()
            lead = len(text) - len(text.lstrip())
            edit.setPosition(block.position() + lead)
            if is_all and text.lstrip().startswith("--"):
                marks = 3 if text.lstrip().startswith("-- ") else 2
                edit.setPosition(block.position() + lead + marks, QTextCursor.MoveMode.KeepAnchor)
                edit.removeSelectedText()
            elif not is_all and text.strip():
                edit.insertText("-- ")
        edit.endEditBlock()

    # -- completion -----------------------------------------------------------------------------------------------

    def _complete_typed(self, typed: str) -> None:
        """Offer while a word is typed, and behind a dot."""
        part, whose = part_at(self.toPlainText(), self.textCursor().position())
        is_word = bool(typed) and (typed[-1].isalnum() or typed[-1] in "_.")
        if self._popup.isVisible() or (is_word and (len(part) > 1 or (whose and typed == "."))):
            if part or whose:
                self._complete()
            else:
                self._popup.hide()

    def _complete(self) -> None:
        self._offered = self.offered()
        popup = self._popup
        if not self._offered:
            popup.hide()
            return
        self._names.setStringList([offer.text for offer in self._offered])
        rect = self.cursorRect()
        width = max(220, popup.sizeHintForColumn(0) + 32)
        self._completer.complete(QRect(rect.left(), rect.top(), width, rect.height()))
        popup.setCurrentIndex(self._names.index(0))

    def _put(self, text: str) -> None:
        part, _ = part_at(self.toPlainText(), self.textCursor().position())
        cursor = self.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, len(part))
        cursor.insertText(text)
        self.setTextCursor(cursor)

    # -- marks ----------------------------------------------------------------------------------------------------

    def _span(self) -> tuple[int, int] | None:
        cursor = self.textCursor()
        if cursor.hasSelection():
            return cursor.selectionStart(), cursor.selectionEnd()
        return statement_at(self.toPlainText(), cursor.position())

    def _forget_mistake(self) -> None:
        self._mistake = None
        self._mark()

    def _mark(self) -> None:
        """A soft ground behind the statement that would be run, when there are several; a line below a mistake."""
        marks: list[QTextEdit.ExtraSelection] = []
        text = self.toPlainText()
        span = self._span()
        if (
            span is not None
            and not self.textCursor().hasSelection()
            and text[: span[0]].strip() + text[span[1] :].strip(";\n ")
        ):
            marks.append(self._selection(*span, ground=self.look.color("bg.selected")))
        if self._mistake is not None and self._mistake[1] <= len(text):
            wave = self._selection(*self._mistake)
            wave.format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)  # pyright: ignore[reportAttributeAccessIssue] - half typed
            wave.format.setUnderlineColor(self.look.color("bad.fill"))  # pyright: ignore[reportAttributeAccessIssue]
            wave.format.setBackground(self.look.color("bad.soft"))  # pyright: ignore[reportAttributeAccessIssue]
            marks.append(wave)
        self.setExtraSelections(marks)

    def _selection(self, start: int, end: int, ground: QColor | None = None) -> QTextEdit.ExtraSelection:
        made = QTextEdit.ExtraSelection()
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        made.cursor = cursor  # pyright: ignore[reportAttributeAccessIssue] - half typed
        if ground is not None:
            form = QTextCharFormat()
            form.setBackground(ground)
            made.format = form  # pyright: ignore[reportAttributeAccessIssue]
        return made

    def _recolor(self) -> None:
        self._colors.rehighlight()
        self._mark()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._popup.hide()


class _Colors(QSyntaxHighlighter):
    def __init__(self, look: Look, document: QTextDocument) -> None:
        super().__init__(document)
        self._look = look

    def highlightBlock(self, text: str) -> None:
        start = 0
        self.setCurrentBlockState(0)
        if self.previousBlockState() == _OPEN_COMMENT:
            end = text.find("*/")
            start = len(text) if end < 0 else end + 2
            self._paint(0, start, "comment")
            if end < 0:
                self.setCurrentBlockState(_OPEN_COMMENT)
        for token in tokens(text[start:]):
            if token.kind in _COLORS:
                self._paint(start + token.start, len(token.text), token.kind)
            if token.kind == "comment" and token.text.startswith("/*") and not token.text.endswith("*/"):
                self.setCurrentBlockState(_OPEN_COMMENT)

    def _paint(self, start: int, length: int, kind: str) -> None:
        form = QTextCharFormat()
        form.setForeground(self._look.color(_COLORS[kind]))
        self.setFormat(start, length, form)

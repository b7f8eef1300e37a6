"""The style sheet of the window's controls, from the tokens. Painters of our own ask the tokens themselves.

Widgets choose a style through the property ``kind`` (``primary``, ``ghost``, ``chip`` ...), see the selectors.
"""

from __future__ import annotations

from importlib import resources
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from widgets.tokens import Tokens

_SHEET = """
QWidget { color: $text_primary; font-size: 13px; }
QMainWindow, QDialog { background: $bg_window; }
QToolTip { background: $bg_tooltip; color: $text_on_tooltip; border: none; padding: 6px 8px; font-size: 12px; }

QMenuBar { background: $bg_window; font-size: 12px; padding: 0 8px; border: none; }
QMenuBar::item { background: transparent; padding: 4px 9px; border-radius: 4px; color: $text_secondary; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $bg_pressed; color: $text_primary; }
QMenu { background: $bg_raised; border: 1px solid $border_strong; border-radius: 8px; padding: 4px; font-size: 12px; }
QMenu::item { padding: 5px 24px 5px 10px; border-radius: 4px; }
QMenu::icon { padding-left: 8px; }
QMenu::item:selected { background: $accent_fill; color: $text_on_accent; }
QMenu::item:disabled { color: $text_disabled; background: transparent; }
QMenu::separator { height: 1px; background: $border_hairline; margin: 4px 6px; }
QMenu::right-arrow { width: 8px; }

QPushButton, QToolButton { background: $bg_raised; border: 1px solid $border_strong; border-radius: 6px;
    padding: 0 10px; min-height: 26px; max-height: 26px; font-size: 12px; font-weight: 500; }
QPushButton:hover, QToolButton:hover { background: $bg_hover; }
QPushButton:pressed, QToolButton:pressed, QToolButton:checked { background: $bg_pressed; }
QPushButton:disabled, QToolButton:disabled { color: $text_disabled; border-color: $border_hairline;
    background: transparent; }
QPushButton[kind="primary"] { background: $accent_fill; border-color: $accent_fill; color: $text_on_accent; }
QPushButton[kind="primary"]:hover { background: $accent_fill_hover; }
QPushButton[kind="primary"]:pressed { background: $accent_fill_pressed; }
QPushButton[kind="primary"]:disabled { background: $bg_pressed; border-color: $bg_pressed; color: $text_disabled; }
QPushButton[kind="danger"] { color: $bad_text; }
QPushButton[kind="ghost"], QToolButton[kind="ghost"] { background: transparent; border-color: transparent;
    padding: 0 6px; color: $text_secondary; }
QPushButton[kind="ghost"]:hover, QToolButton[kind="ghost"]:hover { background: $bg_hover; color: $text_primary; }
QPushButton[kind="ghost"]:pressed, QToolButton[kind="ghost"]:pressed { background: $bg_pressed; }
QPushButton[kind="ghost"]:disabled, QToolButton[kind="ghost"]:disabled { color: $text_disabled; }
QPushButton[kind="link"] { background: transparent; border: none; padding: 0 2px; color: $accent_text; }
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="chip"] { border-radius: 12px; min-height: 22px; max-height: 22px; padding: 0 9px; font-weight: 400; }
QPushButton[kind="chip-add"] { border-radius: 12px; min-height: 22px; max-height: 22px; padding: 0 9px;
    border: 1px dashed $border_control; background: transparent; font-weight: 400; }
QPushButton[kind="chip"]:hover, QPushButton[kind="chip-add"]:hover { background: $bg_hover; }
QPushButton[kind="profile"] { background: transparent; border: none; min-height: 40px; max-height: 40px; }
QToolButton::menu-indicator, QPushButton::menu-indicator { width: 0; image: none; }

QFrame[kind="segments"] { background: $bg_window; border: 1px solid $border_strong; border-radius: 6px; }
QFrame[kind="segments"] QPushButton { border: 1px solid transparent; background: transparent; border-radius: 5px;
    min-height: 22px; max-height: 22px; padding: 0 8px; color: $text_secondary; }
QFrame[kind="segments"] QPushButton:hover { color: $text_primary; }
QFrame[kind="segments"] QPushButton:checked { background: $bg_raised; border-color: $border_strong;
    color: $text_primary; font-weight: 600; }
QFrame[kind="segments"] QPushButton:disabled { color: $text_disabled; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QDateEdit, QComboBox { background: $bg_raised;
    border: 1px solid $border_control; border-radius: 6px; padding: 0 8px; font-size: 12px;
    selection-background-color: $accent_fill; selection-color: $text_on_accent; }
QLineEdit, QSpinBox, QDoubleSpinBox, QDateEdit, QComboBox { min-height: 26px; max-height: 26px; }
QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QDateEdit:focus {
    border-color: $focus_ring; }
QLineEdit[state="error"] { border-color: $bad_fill; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled { color: $text_disabled;
    border-color: $border_hairline; background: transparent; }
QLineEdit[kind="plain"] { border: none; background: transparent; padding: 0; }
QPlainTextEdit { padding: 6px 8px; }
QComboBox::drop-down { border: none; width: 18px; }
QComboBox QAbstractItemView { background: $bg_raised; border: 1px solid $border_strong; padding: 4px;
    selection-background-color: $accent_fill; selection-color: $text_on_accent; outline: 0; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button { width: 14px;
    border: none; }
QCheckBox, QRadioButton { spacing: 8px; font-size: 12px; }
QCheckBox::indicator, QListView::indicator { width: 14px; height: 14px; border: 1px solid $border_control;
    border-radius: 4px; background: $bg_raised; }
QCheckBox::indicator:checked, QListView::indicator:checked { background: $accent_fill; border-color: $accent_fill;
    image: url("$check"); }
QCheckBox::indicator:disabled { border-color: $border_strong; }

QTreeView, QTableView, QListView { background: $bg_canvas; border: none; font-size: 12px; outline: 0;
    selection-background-color: $bg_selected; selection-color: $text_primary; }
QHeaderView { background: $bg_canvas; border: none; }
QHeaderView::section { background: $bg_canvas; border: none; border-bottom: 1px solid $border_hairline;
    padding: 0 6px; font-size: 11px; color: $text_muted; font-weight: 500; }
QHeaderView::section:hover { color: $text_primary; }
QTableView[kind="endless"] QHeaderView::section:first { padding-left: 16px; }
QTableView[kind="endless"] QHeaderView::section:last { padding-right: 16px; }
QTableCornerButton::section { background: $bg_canvas; border: none; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $border_strong; border-radius: 3px; margin: 2px; }
QScrollBar::handle:hover { background: $border_control; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QScrollArea { border: none; background: transparent; }

QSplitter::handle { background: $border_hairline; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }

QProgressBar { background: $bg_pressed; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: $accent_fill; border-radius: 2px; }

QWidget[kind="canvas"] { background: $bg_canvas; }
QWidget[kind="window"] { background: $bg_window; }
QWidget[kind="sunken"] { background: $bg_sunken; }
QFrame[kind="card"] { background: $bg_raised; border: 1px solid $border_hairline; border-radius: 8px; }
QFrame[kind="card-open"] { background: $bg_canvas; border: 1px dashed $border_strong; border-radius: 8px; }
QFrame[kind="card-bad"] { background: $bg_raised; border: 1px solid $bad_text; border-radius: 8px; }
QFrame[kind="popover"] { background: $bg_raised; border: 1px solid $border_strong; border-radius: 8px; }
QFrame[kind="palette"] { background: $bg_raised; border: 1px solid $border_strong; border-radius: 10px; }
QFrame[kind="banner-warn"] { background: $warn_soft; border: none; border-bottom: 1px solid $warn_border; }
QFrame[kind="banner-bad"] { background: $bad_soft; border: none; border-bottom: 1px solid $border_hairline; }
QFrame[kind="banner-info"] { background: $info_soft; border: none; border-bottom: 1px solid $border_hairline; }
QFrame[kind="toast"] { background: $bg_tooltip; border-radius: 8px; }
QFrame[kind="toast"] QLabel { color: $text_on_tooltip; }
QFrame[kind="toast"] QPushButton { background: transparent; border: none; color: $text_on_tooltip; }
QFrame[kind="rule"] { background: $border_hairline; border: none; }

QLabel[kind="caption"] { font-size: 11px; color: $text_muted; }
QLabel[kind="secondary"] { font-size: 12px; color: $text_secondary; }
QLabel[kind="muted"] { font-size: 12px; color: $text_muted; }
QLabel[kind="strong"] { font-size: 13px; font-weight: 600; }
QLabel[kind="error"] { font-size: 12px; color: $bad_text; }
QLabel[kind="tag"] { font-size: 11px; font-weight: 500; color: $text_secondary; background: $bg_pressed;
    border-radius: 4px; padding: 1px 6px; }
QLabel[kind="tag-warn"] { font-size: 11px; font-weight: 500; color: $warn_text; background: $warn_soft;
    border-radius: 4px; padding: 2px 6px; }
QLabel[kind="tag-bad"] { font-size: 11px; font-weight: 500; color: $bad_text; background: $bad_soft;
    border-radius: 4px; padding: 2px 6px; }
QLabel[kind="tag-info"] { font-size: 11px; font-weight: 500; color: $info_text; background: $info_soft;
    border-radius: 4px; padding: 2px 6px; }
QLabel[kind="tag-good"] { font-size: 11px; font-weight: 500; color: $good_text; background: $good_soft;
    border-radius: 4px; padding: 1px 6px; }
QLabel[kind="warn"] { font-size: 12px; color: $warn_text; }
QLabel[kind="step"] { font-size: 12px; font-weight: 600; border: 1px solid $border_strong; border-radius: 12px; }
QLabel[kind="key"] { font-size: 11px; color: $text_secondary; border: 1px solid $border_strong; border-radius: 4px;
    padding: 0 4px; background: $bg_raised; }
"""


def stylesheet(tokens: Tokens) -> str:
    """The style sheet in the colours of a theme."""
    check = str(resources.files("resources") / "theme" / "check.svg").replace("\\", "/")
    colors = {name.replace(".", "_"): color for name, color in tokens.colors.items()}
    return Template(_SHEET).substitute(colors, check=check)

"""Which CRM does not answer, since when, and what that means for the appointments shown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from app.status import local_time
from widgets.panel import label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.context import Context


class CrmBanner(QFrame):
    """The line over the calendar; hidden while every CRM answers."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        look = context.look
        self.setProperty("kind", "banner-warn")
        self.setFixedHeight(look.tokens.sizes["banner"])
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 12, 0)
        self.text = label(look, "", "warn")
        self.action = QPushButton(look.say("Sync now"))
        self.action.setProperty("kind", "link")
        self.action.clicked.connect(self._sync)
        row.addWidget(self.text)
        row.addWidget(self.action)
        row.addStretch(1)
        self.hide()

    def tell(self, meta: Mapping[str, Any]) -> None:
        """Say what an answer of the query ``appointments`` says of its connections."""
        away = [each for each in meta["crm"] if each["is_failed"] or each["is_old"]]
        self.setVisible(bool(away))
        if not away:
            return
        look, say, numbers = self._context.look, self._context.look.say, self._context.look.numbers
        count = next((row["appointments"] for row in meta["by_label"] if row["label"] == "db_fallback"), 0)
        told = look.words.count(
            count,
            "1 appointment here is as this file knew it last (db_fallback).",
            "{n} appointments here are as this file knew them last (db_fallback).",
            n=numbers.count(count),
        )
        first = away[0]
        if first["synced_at"] is None:
            cause = say("{name} has not been synced yet.", name=first["name"])
        else:
            synced = datetime.fromisoformat(first["synced_at"]).replace(tzinfo=None)
            moment = numbers.moment(local_time(synced, self._context.about.settings.timezone))
            cause = (
                say("The last sync of {name} failed; it answered up to {moment}.", name=first["name"], moment=moment)
                if first["is_failed"]
                else say("{name} was synced last on {moment}.", name=first["name"], moment=moment)
            )
        self.text.setText(f"{cause} {told}")

    def _sync(self) -> None:
        self._context.open("connections", sync=True)

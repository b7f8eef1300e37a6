"""The language the program speaks: English texts are the keys, a catalogue holds another language's.

Texts stand in the code where they are used, in English, through :meth:`Words.say`. The catalogues are gettext PO files
in ``resources/translations``; a text without an entry is shown in English. Without Qt, so that the command line, the
window and reports say the same.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("en", "es")


class Words:
    """Texts in one language.

    Args:
        language: of :data:`LANGUAGES`.
    """

    def __init__(self, language: str = "en") -> None:
        self.language = language
        self._texts: Mapping[str, str] = {} if language == "en" else _catalogue(language)

    def say(self, text: str, /, **facts: object) -> str:
        """The text in this language, with ``{name}`` replaced by the facts.

        Facts are data: braces inside them stay as they are.
        """
        found = self._texts.get(text) or text
        return found.format_map(facts) if facts else found

    def count(self, number: int, one: str, many: str, **facts: object) -> str:
        """``one`` or ``many``, with ``{n}`` for the number (give ``n`` to show it formatted)."""
        return self.say(one if number == 1 else many, **{"n": number, **facts})


def _catalogue(language: str) -> dict[str, str]:
    from babel.messages.pofile import read_po

    file = resources.files("resources") / "translations" / f"{language}.po"
    with file.open("rb") as opened:
        catalogue = read_po(opened, locale=language)
    return {
        message.id: message.string
        for message in catalogue
        if isinstance(message.id, str) and message.id and isinstance(message.string, str) and message.string
    }

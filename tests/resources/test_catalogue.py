"""The Spanish catalogue: complete, no larger than the program, true to its placeholders, and of one tongue."""

import re
from pathlib import Path
from string import Formatter

import pytest

from engine.words import Words
from tests.resources.catalogue import pairs, spanish, texts, unread
from tests.resources.said import said

# The same in both languages: marketing's own words, names, units, and texts that are facts alone.
SAME = {
    "Agenda", "CAC", "CPC", "CPM", "CTR", "Conv.", "Demo", "Display", "English", "Español (España)", "Español (México)",
    "General", "Hook rate", "Id", "Impr.", "MER", "ROAS", "Shapley", "Thumb stop", "Token", "Video", "id {id}", "no",
    "SQL", "pp", "utm_content", "utm_medium", "utm_term", "{n} ms",
    "{column}: {problems}", "{figure} ±", "{measure}, {slot}", "{n} d",
}  # fmt: skip

# A word of the English texts, and what the Spanish of each of them then has.
GLOSSARY = {
    "ad sets?": "conjuntos?",
    "bounce rate": "tasa de rebote",
    "bounces": "rebotes",
    "campaigns?": "campañas?",
    "channels?": "canal(es)?|camino",
    "click window": "ventana de clic",
    "clicks": "clics",
    "conversions?": "conversi(ón|ones)|conv.",
    "filters?": "filtr(ar|os?)",
    "first.touch": "primer contacto",
    "funnel": "embudo",
    "goals?": "objetivos?",
    "half-li(fe|ves)": "vidas? medias?",
    "impressions": "impresiones",
    "journeys?": "recorridos?",
    "keyword": "palabra clave",
    "leads?": "leads?",
    "models?": "modelos?",
    "reach": "alcance|alcanzan",
    "revenue": "ingresos",
    "spend": "inversión|inv.",
    "touch(es)?": "contactos?",
    "unattributed": "sin atribuir",
    "visitors?": "visitantes?",
    "visits?": "visitas?",
    "workspaces?": "espacios? de (trabajo|demostración)|workspace",  # the last in commands to type
}
# Said without the word where its place says it.
SHORTER = {
    "campaigns?": {"Find campaign or ad"},
    "revenue": {"Every model splits the same cash: each Revenue column ends at {amount}."},
}


# What is said of tables in other modules, which the catalogue asks for their texts, and of the user's own words.
FROM_TABLES = {
    "METRICS[METRIC_OF.get(field, field)].label",
    "MODEL_LABELS[name][0]",
    "command.submenu",
    "command.title",
    "definition",
    "each",
    "goal.name",
    "job.label",
    "kind.title",
    "loss",
    "meaning",
    "page.group",
    "page.title",
    "provider.brings",
    "row",
    "self.tabs.current.capitalize()",
    "self.title",
    "setting.help",
    "setting.title",
    "title",
    "unit",
    "value",
    "way[0]",
    *(
        f"{metric}.label"
        for metric in ("metric", "METRICS[name]", "METRICS[second]", "METRICS[metric]", "METRICS[found.metric]")
    ),
    *(f"DIMENSIONS[{name}].label" for name in ("name", "item.dimension")),
}


@pytest.fixture(scope="module")
def catalogue() -> dict[str, str]:
    return {
        message.id: message.string
        for message in spanish()
        if isinstance(message.id, str) and message.id and isinstance(message.string, str)
    }


def _placeholders(text: str) -> set[tuple[str, str, str]]:
    return {
        (name, form or "", conversion or "")
        for _, name, form, conversion in Formatter().parse(text)
        if name is not None
    }


def _blanks(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def _closing(text: str) -> str:
    """The mark a text ends with; that of an abbreviation is none."""
    text = text.strip()
    return text[-1] if text[-1:] in {".", ":", "…", "?", "!"} and not text.endswith(("onv.", "mpr.")) else ""


def test_the_catalogue_has_the_texts_of_the_program_and_no_others(catalogue: dict[str, str]) -> None:
    wanted = set(texts())
    assert set(catalogue) - wanted == set(), "obsolete: python -m tests.resources.catalogue"
    assert wanted - set(catalogue) == set(), "not in the catalogue: python -m tests.resources.catalogue"


def test_every_text_is_translated(catalogue: dict[str, str]) -> None:
    assert [text for text, told in catalogue.items() if not told] == []
    assert {text for text, told in catalogue.items() if told == text} == SAME


def test_one_and_many_are_both_there(catalogue: dict[str, str]) -> None:
    assert ("{n} day", "{n} days") in pairs()
    for one, many in pairs():
        assert catalogue[one], many
        assert catalogue[many], one


def test_a_translation_takes_the_same_facts_and_ends_the_same(catalogue: dict[str, str]) -> None:
    for text, told in catalogue.items():
        assert _placeholders(told) == _placeholders(text), text
        assert _blanks(told) == _blanks(text), text
        assert _closing(told) == _closing(text), text


def test_one_term_has_one_translation(catalogue: dict[str, str]) -> None:
    wrong = [
        (text, told)
        for term, spanish_term in GLOSSARY.items()
        for text, told in catalogue.items()
        if re.search(rf"(?<![\w{{]){term}(?![\w}}])", text, re.IGNORECASE)
        and text not in SHORTER.get(term, ())
        and not re.search(rf"(?<![\w{{])({spanish_term})(?![\w}}])", told, re.IGNORECASE)
    ]
    assert wrong == []


def test_the_program_speaks_it(catalogue: dict[str, str]) -> None:
    words = Words("es")
    for text, told in catalogue.items():
        assert words.say(text) == told
    assert words.say("Open workspace…") == "Abrir espacio de trabajo…"
    assert words.count(1, "{n} day", "{n} days") == "1 día"
    assert words.count(2, "{n} day", "{n} days") == "2 días"


def test_what_is_said_through_names_comes_from_tables_the_catalogue_knows() -> None:
    assert {file: rest for file, found in unread().items() if (rest := found - FROM_TABLES)} == {}


def test_texts_are_found_where_a_name_stands_for_them(tmp_path: Path) -> None:
    file = tmp_path / "page.py"
    file.write_text(
        """
NAMES = {"a": "From a table", KEY: "By its key"}

def page(say, notice, kind, many, rows):
    for key, title in (("b", "From a loop"), ("c", "And another")):
        say(title)
    text = "One of two"
    if many:
        text = "The other"
    say(text)
    say(NAMES[kind] if many else "Else")
    say(rows.label)
    notice.say("icon", "Shown as it is")
    words.count(3, "{n} row", "{n} rows", n=3)
    say("–")
""",
        encoding="utf-8",
    )
    found = said(file, tmp_path)
    assert found.texts == {
        *("From a table", "By its key", "From a loop", "And another", "One of two", "The other", "Else"),
        *("{n} row", "{n} rows"),
    }
    assert found.unread == {"rows.label"}
    assert found.pairs == {("{n} row", "{n} rows")}

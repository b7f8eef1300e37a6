"""The user guide: whole in both languages, true to the program, every link and picture there."""

from __future__ import annotations

import re

import pytest

from app.screenshot import PAGES
from engine.words import LANGUAGES
from tests.resources.guide import GUIDE, glossary, picture_of

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)#]+)[^)]*\)")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_glossary_is_the_registry(language: str) -> None:
    text = (GUIDE / language / "glossary.md").read_text(encoding="utf-8")
    assert text == glossary(language), "bring it up to date: python -m tests.resources.guide"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_walked_through_with_its_picture(language: str) -> None:
    chapters = [file.read_text(encoding="utf-8") for file in sorted((GUIDE / language).glob("*.md"))]
    for page in PAGES:
        picture = picture_of(page, language)
        assert picture.stat().st_size > 10_000
        assert any(f"../images/{language}/{page}.png" in text for text in chapters), page


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_lead_somewhere(language: str) -> None:
    for chapter in (GUIDE / language).glob("*.md"):
        for target in _LINK.findall(chapter.read_text(encoding="utf-8")):
            if not target.startswith("https://"):
                assert (chapter.parent / target).exists(), f"{chapter.name}: {target}"


def test_both_languages_have_the_same_chapters() -> None:
    assert len({frozenset(file.name for file in (GUIDE / language).glob("*.md")) for language in LANGUAGES}) == 1

"""The user guide: ``python -m tests.resources.guide [WORKSPACE]`` writes what it takes from the program.

The glossaries come from the registry of metrics, dimensions and models, in both languages. With a workspace, the
pictures of every page are drawn anew.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from app.screenshot import PAGES
from engine.attribution.models import MODELS
from engine.naming import meaning, model_definition, model_label
from engine.profiles import ProfileSettings
from engine.queries.dimensions import DIMENSIONS
from engine.queries.metrics import METRICS
from engine.words import LANGUAGES, Words

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide"
_SIZE = "1280x800"
_POINTS = {
    "engagement_scroll": ("a page scrolled to its end", "una página recorrida hasta el final"),
    "engagement_time": ("engaged time, in full at {seconds:g} s", "tiempo de atención, completo a los {seconds:g} s"),
    "engagement_interaction": ("a second page, half a video or a call to action seen",
                               "una segunda página, medio vídeo o una llamada a la acción vista"),
    "engagement_form": ("a form sent", "un formulario enviado"),
    "engagement_frustration": ("taken off for rage clicks, dead clicks and script errors",
                               "se restan por clics de rabia, clics muertos y errores de script"),
}  # fmt: skip
_HEADS = {
    "en": ("Glossary", "Figures", "Dimensions", "Attribution models", "Engagement score", "Name", "Meaning", "Points"),
    "es": (
        "Glosario", "Cifras", "Dimensiones", "Modelos de atribución", "Puntuación de interacción", "Nombre",
        "Significado", "Puntos",
    ),
}  # fmt: skip


def glossary(language: str) -> str:
    """The glossary in a language, as Markdown."""
    words = Words(language)
    title, figures, dimensions, models, engagement, name, what, points = _HEADS[language]
    usual = ProfileSettings("any")
    weights = [
        (f"{getattr(usual, field):g}", texts[language == "es"].format(seconds=usual.engagement_seconds))
        for field, texts in _POINTS.items()
    ]
    parts = [
        f"# {title}",
        f"## {figures}",
        _table(name, what, [(words.say(m.label), meaning(words, m.definition)) for m in METRICS.values()]),
        f"## {dimensions}",
        _table(name, what, [(words.say(d.label), meaning(words, d.definition)) for d in DIMENSIONS.values()]),
        f"## {models}",
        _table(name, what, [(model_label(words, model), model_definition(words, model)) for model in MODELS]),
        f"## {engagement}",
        _table(points, what, weights),
    ]
    return "\n\n".join(parts) + "\n"


def _table(first: str, second: str, rows: list[tuple[str, str]]) -> str:
    return "\n".join([f"| {first} | {second} |", "|---|---|", *(f"| {left} | {right} |" for left, right in rows)])


def picture_of(page: str, language: str) -> Path:
    """Where the picture of a page stands."""
    return GUIDE / "images" / language / f"{page}.png"


def main(workspace: str | None) -> None:
    for language in LANGUAGES:
        (GUIDE / language / "glossary.md").write_text(glossary(language), encoding="utf-8")
        if workspace is None:
            continue
        for page in PAGES:
            out = picture_of(page, language)
            out.parent.mkdir(parents=True, exist_ok=True)
            told = ["--page", page, "--out", str(out), "--lang", language, "--size", _SIZE, "--masked"]
            subprocess.run([sys.executable, "-m", "app", "screenshot", workspace, *told], check=True, cwd=ROOT)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)

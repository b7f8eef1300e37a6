"""`attribench settings` and `changes`: what they print is what the engine says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from app.cli import cli
from engine import Workspace
from tests.engine.test_branding import png

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Lab


@pytest.fixture
def path(lab: Lab) -> Path:
    lab.events(
        {"event_time": "2026-06-01T10:00:00Z", "anonymous_id": "a", "url": "https://shop.example/?utm_source=crm"},
        {"event_time": "2026-06-01T11:00:00Z", "anonymous_id": "b", "url": "https://shop.example/"},
    )
    lab.rebuild()
    lab.close()
    return lab.workspace.path


def run(*arguments: object) -> str:
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def shown(path: Path) -> dict[str, str]:
    return {row["field"]: row["value"] for row in json.loads(run("settings", path, "--format", "json"))["data"]}


def test_a_change_is_tried_made_and_taken_back(path: Path) -> None:
    rule: list[dict[str, Any]] = [
        {"channel": "Email", "conditions": [{"field": "source", "operator": "is", "value": "crm"}]}
    ]
    setting = f"channel_rules={json.dumps(rule)}"
    tried = json.loads(run("settings", path, "--set", setting, "--preview", "--format", "json"))
    assert (tried["changed"], tried["rule_visits"]) == (["channel_rules"], [1])
    assert tried["moves"] == [{"from_channel": "Referral", "to_channel": "Email", "visits": 1}]
    assert shown(path)["channel_rules"] == "[]"

    logo = path.with_name("logo.png")
    logo.write_bytes(png())
    run("settings", path, "--set", setting, "--set", f"logo=@{logo}", "--set", "domains=shop.example, b.example")
    assert json.loads(shown(path)["domains"]) == ["b.example", "shop.example"]
    with Workspace.open(path) as workspace:
        assert workspace.profile().settings.logo == png()
        assert not workspace.profile().derivation().is_stale
    entries = json.loads(run("changes", path, "--format", "json"))["data"]
    assert set(json.loads(entries[0]["details"])) == {"channel_rules", "domains", "logo"}

    run("changes", path, "--undo", entries[0]["change_id"])
    assert shown(path)["logo"] == "null"
    again = json.loads(run("changes", path, "--format", "json"))["data"]
    assert (again[0]["undoes"], again[1]["undone_by"]) == (entries[0]["change_id"], again[0]["change_id"])


@pytest.mark.parametrize(
    "setting",
    [
        "click_window_days=0",
        "click_window_days=x",
        "split_on_source=maybe",
        "goals=[1]",
        "accent=#FFFF00",
        "nonsense=1",
    ],
)
def test_what_cannot_be_set_is_refused(path: Path, setting: str) -> None:
    before = path.read_bytes()
    assert CliRunner().invoke(cli, ["settings", str(path), "--set", setting]).exit_code != 0
    assert path.read_bytes() == before

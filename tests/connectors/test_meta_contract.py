"""Meta's published schema: every request asks only for what it has, and objects of its shapes become rows."""

from __future__ import annotations

import functools
import json
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest

from connectors.meta_rows import account_of, ad_row, ad_set_row, campaign_row, insight_row
from engine.ingest.fields import KINDS
from tests.connectors.harness import Bench
from tests.connectors.meta_fake import TOKEN, FakeMeta, fields_of

if TYPE_CHECKING:
    from tests.conftest import Lab

CONTRACTS = Path(__file__).parents[2].parent / "shared" / "contracts" / "meta"
SPECS = CONTRACTS / "specs"
PATHS = [
    (r"me", "User", None),
    (r"me/adaccounts", "User", "adaccounts"),
    (r"act_\d+", "AdAccount", None),
    (r"act_\d+/(campaigns|adsets|ads|insights)", "AdAccount", ""),
    (r"run\d+", "AdReportRun", None),
    (r"run\d+/insights", "AdReportRun", "insights"),
]
# Of the Graph API itself: every edge has them.
COMMON = {"fields", "limit", "after", "appsecret_proof"}
TEXT = {"string", "datetime", "id"}

pytestmark = pytest.mark.skipif(not SPECS.exists(), reason="contracts are not here")


@functools.cache
def spec(name: str) -> dict[str, Any]:
    return json.loads((SPECS / f"{name}.json").read_text())


@functools.cache
def enums() -> dict[str, set[str]]:
    return {each["name"]: set(each["values"]) for each in json.loads((SPECS / "enum_types.json").read_text())}


def problems(request: httpx.Request, current: dict[str, Any]) -> list[str]:
    """What the schema does not have."""
    path = request.url.path.removeprefix("/v26.0/")
    pattern, name, endpoint = next(each for each in PATHS if re.fullmatch(each[0], path))
    if endpoint == "":
        endpoint = cast("re.Match[str]", re.fullmatch(pattern, path))[1]
    apis = [
        each
        for each in spec(name)["apis"]
        if each["method"] == request.method
        and (each.get("endpoint") == endpoint or (endpoint is None and each.get("name")))
    ]
    if not apis:
        return [f"no {request.method} {path}"]
    told = dict(request.url.params)
    if request.method == "POST":
        told = dict(httpx.QueryParams(request.content.decode()))
    params = {each["name"]: each["type"] for each in apis[0]["params"]}
    found = [f"{path}: no parameter {each}" for each in told if each not in params and each not in COMMON]
    for each, value in told.items():
        found += [f"{path}: {each} is no {params[each]}: {value}" for _ in range(not fits(params.get(each, ""), value))]
    # A report is asked for with the fields of what it will hold.
    result = "AdsInsights" if endpoint == "insights" else apis[0]["return"]
    found += unknown(told.get("fields", ""), result)
    found += [
        f"{result}: {field} is not in v26.0"
        for field in fields_of(told.get("fields", ""))
        if current.get(result) and field and field not in current[result]
    ]
    if "filtering" in told:
        (named,) = json.loads(told["filtering"])
        field = named["field"].split(".")
        found += [
            f"no field {field}"
            for _ in range(field[0] != "ad" or field[1] not in {each["name"] for each in spec("Ad")["fields"]})
        ]
        found += sorted(set(named["value"]) ^ enums()["Ad_effective_status"])
    return found


def fits(type_: str, value: str) -> bool:
    """Whether a parameter's text is of its type."""
    if type_.startswith("list<") and not value.startswith("["):
        return True  # names with commas between them: ``fields``
    if type_.startswith("list<"):
        items = json.loads(value)
        allowed = enums().get(type_[5:-1])
        return isinstance(items, list) and (allowed is None or set(cast("list[str]", items)) <= allowed)
    if type_ == "map":
        return all(date.fromisoformat(each) for each in json.loads(value).values())
    if type_ in {"int", "unsigned int"}:
        return value.isdigit()
    if type_ == "bool":
        return value in {"true", "false"}
    return type_ not in enums() or value in enums()[type_]


def unknown(fields: str, object_: str) -> list[str]:
    """Fields an object does not have, its parts' included."""
    known = {each["name"]: each["type"] for each in spec(object_)["fields"]}
    found = [f"{object_} has no {name}" for name in fields_of(fields) if name and name not in known]
    for name, inner in fields_of(fields).items():
        if inner and name in known:
            found += unknown(inner, known[name])
    return found


def test_every_request_is_of_the_published_schema(lab: Lab) -> None:
    fake = FakeMeta()
    fake.account("7")
    fake.fill("7", 4, date(2026, 3, 1), date(2026, 7, 1))
    bench = Bench(lab.workspace, lab.profile, fake, "meta", {"access_token": TOKEN, "app_secret": "s"})
    assert bench.sync(since=date(2026, 3, 1)).error is None
    assert bench.sync(since=date(2026, 3, 1)).error is None
    current = json.loads((CONTRACTS / "fields-v26.0.json").read_text())["objects"]
    asked = {
        (request.method, re.sub(r"\d+$|(?<=act_)\d+|(?<=run)\d+", "N", request.url.path)) for request in fake.requests
    }
    assert len(asked) == 8
    assert [each for request in fake.requests for each in problems(request, current)] == []


def test_the_checker_finds_what_is_wrong() -> None:
    def asked(path: str, method: str = "GET", **params: Any) -> list[str]:
        return problems(httpx.Request(method, f"https://graph.facebook.com/v26.0/{path}", params=params), {})

    assert asked("act_1/campaigns", updated_since=1) == ["act_1/campaigns: no parameter updated_since"]
    assert asked("act_1/ads", fields="id,creative{id,headline}") == ["AdCreative has no headline"]
    assert asked("act_1/adsets", effective_status='["GONE"]')
    assert asked("act_1/insights", level="adverts")
    assert asked("act_1/ads", "POST") == ["no POST act_1/ads"]


def made(type_: str, depth: int = 4) -> Any:
    """A value of a type of the schema, every field filled."""
    if type_.startswith("list<"):
        return [made(type_[5:-1], depth), made(type_[5:-1], depth)]
    if type_ in {"int", "unsigned int", "float"}:
        return 3
    if type_ == "bool":
        return True
    if type_ in TEXT or not depth or not (SPECS / f"{type_}.json").exists():
        return next(iter(sorted(enums().get(type_, ()))), "12")
    return {each["name"]: made(each["type"], depth - 1) for each in spec(type_)["fields"]}


def test_objects_with_every_field_of_the_schema_become_rows() -> None:
    account = account_of(made("AdAccount") | {"currency": "EUR", "timezone_name": "Europe/Madrid"})
    day = {"date_start": "2026-06-01", "date_stop": "2026-06-01"}
    insight = made("AdsInsights") | day
    for name, told in insight.items():
        if isinstance(told, list):
            insight[name] = [
                {**each, "action_type": "video_view"} if isinstance(each, dict) else each
                for each in cast("list[Any]", told)
            ]
    rows = [
        campaign_row(made("Campaign"), account),
        ad_set_row(made("AdSet"), account),
        ad_row(made("Ad"), account),
        ad_row(made("Ad") | {"creative": {}}, account),
        insight_row(insight, account),
    ]
    for row in rows:
        kind = KINDS[row.kind]
        assert set(row.fields) <= {field.name for field in kind.fields}
        assert {field.name for field in kind.fields if field.required} <= set(row.fields)
    assert rows[0].fields["daily_budget"] == "0.12"
    assert {"headline", "body", "thumbnail_url", "destination_url", "creative_kind"} <= set(rows[2].fields)
    figures = {"impressions", "reach", "video_plays", "video_3s", "video_p25", "video_p100", "video_avg_seconds"}
    assert all(rows[4].fields[name] in {12, "12"} for name in figures)


def test_lead_forms_are_not_in_the_schema() -> None:
    """Why nobody's answers to a form are fetched: when this fails, they can be."""
    edges = {
        each.get("endpoint") for path in SPECS.glob("Ad*.json") for each in json.loads(path.read_text()).get("apis", [])
    }
    assert not {"leads", "leadgen_forms"} & edges

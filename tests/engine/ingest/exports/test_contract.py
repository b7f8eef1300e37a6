"""What holds for every format."""

import json

import duckdb
import pytest

from engine.ingest.exports import EXPORTS, recognise, recognise_aggregate

NAMES = """
    event_id event_type event_name event_time anonymous_id session_id user_id email phone first_name last_name
    url path title referrer utm_source utm_medium utm_campaign utm_content utm_term
    fbclid gclid gbraid wbraid msclkid ttclid twclid li_fat_id fbp fbc user_agent device browser os
    country region city ip value_amount currency order_id checkout_token consent_analytics consent_marketing payload
"""
EVENT_FILE = set(NAMES.split())
FILES = ["ga4.ndjson", "matomo.json", "posthog.ndjson", "posthog.csv", "segment.ndjson", "snowplow.tsv", "umami.csv"]

# Records that by their nature make no event, and events that by their nature have no visitor.
WITHOUT_EVENTS = {"matomo.json": {6}}
WITHOUT_VISITOR = {"ga4.ndjson": {16}}

ODD = [
    {},
    None,
    5,
    "text",
    [1, [2]],
    {name: {"list": [{"element": 1}]} for name in ("event_params", "properties", "context", "actionDetails", "geo")},
    dict.fromkeys(("event_params", "properties", "context", "actionDetails", "unstruct_event", "contexts"), "{broken"),
    {"event_timestamp": "soon", "created_at": "soon", "timestamp": {}, "event": [], "actionDetails": [1, None, {}]},
    {"event_timestamp": 99999999999999999999, "event_params": [None, 1, {"key": None}, {"key": "a"}, {"key": "a"}]},
    {
        "results": [],
        "properties": {"$set": 1, "value": "NaN", "revenue": "abc"},
        "actionDetails": [{"url": "?utm_source=%ff"}],
    },
]


@pytest.mark.parametrize("kind", EXPORTS)
def test_columns_are_those_of_the_event_file(kind):
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE source (line BIGINT, record JSON)")
        result = connection.execute(EXPORTS[kind].query)
        types = {column[0]: str(column[1]) for column in result.description}
        assert result.fetchall() == []
    assert types.pop("line") == "BIGINT"
    assert types.pop("payload") == "JSON"
    assert set(types) <= EVENT_FILE
    assert set(types.values()) == {"VARCHAR"}


@pytest.mark.parametrize("kind", EXPORTS)
def test_malformed_records_raise_nothing(kind, mapped):
    events = mapped(kind, ODD)
    assert all("value_amount" not in event for event in events)


@pytest.mark.parametrize("name", FILES)
def test_every_record_becomes_events_with_time_and_visitor(name, read, sample):
    events = sample(name)
    lines = set(range(1, len(read(name)) + 1)) - WITHOUT_EVENTS.get(name, set())
    assert {event["line"] for event in events} == lines
    for event in events:
        assert event["event_time"]
        assert event["event_type"]
        identified = any(key in event for key in ("anonymous_id", "user_id", "email", "phone"))
        assert identified == (event["line"] not in WITHOUT_VISITOR.get(name, set()))


@pytest.mark.parametrize("name", FILES)
def test_event_ids_are_unique_and_do_not_depend_on_the_place_in_the_file(name, read, mapped, sample):
    kind = name.split(".")[0]
    known = [event["event_id"] for event in sample(name)]
    # The Snowplow sample holds one event twice, as its at-least-once delivery may.
    assert len(known) - len(set(known)) == (1 if kind == "snowplow" else 0)
    assert {event["event_id"] for event in mapped(kind, reversed(read(name)))} == set(known)


@pytest.mark.parametrize("name", FILES)
def test_samples_are_recognised(name, read):
    first = read(name)[0]
    assert recognise(first).kind == name.split(".")[0]
    assert recognise_aggregate(first) is None


def test_a_file_without_header_is_recognised_by_its_number_of_columns(read):
    assert recognise(list(read("snowplow.tsv")[0].values())).kind == "snowplow"


def test_other_files_are_not_recognised():
    assert recognise([]) is None
    assert recognise(["event_time", "event_type", "anonymous_id", "url"]) is None
    assert recognise(["date", "platform", "spend", "currency"]) is None


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ("date,visitors,pageviews,bounces,visits,visit_duration", "Plausible visitors"),
        (
            "date,source,referrer,utm_source,utm_medium,utm_campaign,utm_content,utm_term,pageviews,visitors,visits,"
            "visit_duration,bounces",
            "Plausible sources",
        ),
        ("date,hostname,page,visits,visitors,pageviews,total_scroll_depth", "Plausible pages"),
        ("date,browser,browser_version,visitors,visits,visit_duration,bounces,pageviews", "Plausible browsers"),
        ("date,name,link_url,path,visitors,events", "Plausible custom events"),
        ("date,visitors,pageviews,visits,views_per_visit,bounce_rate,visit_duration", "Plausible dashboard"),
        ("name,visitors", "Plausible dashboard breakdown"),
        ("x,y", "Umami dashboard"),
        ("date,platform,campaign,spend,currency", None),
        ("name,visitors,email", None),
    ],
)
def test_exports_without_events_are_named(header, title):
    assert recognise_aggregate(header.split(",")) == title
    assert recognise(header.split(",")) is None


def test_nothing_of_a_record_is_lost(read, sample):
    for name in FILES:
        kept = {}
        for event in sample(name):
            kept.setdefault(event["line"], []).append(json.dumps(event, ensure_ascii=False))
        for line, record in enumerate(read(name), start=1):
            if line not in WITHOUT_EVENTS.get(name, set()):
                for value in texts_of(record):
                    assert any(value in text for text in kept[line]), (name, line, value)


def texts_of(value):
    """Words of a record that must be found again: texts of letters long enough to be telling."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)
    elif isinstance(value, str) and value.isalpha() and len(value) > 5:
        yield value

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

USER = "1187340021.1709280001"
LANDING = (
    "https://www.tienda-luna.example/oferta"
    "?utm_source=google&utm_medium=cpc&utm_campaign=primavera_2024&gclid=Cj0KCQ-EXAMPLE-A"
)

COLLECTED = ("manual_source", "manual_medium", "manual_campaign_name", "manual_content", "manual_term", "gclid")


def test_page_view_carries_its_own_campaign(sample):
    event = sample("ga4.ndjson")[2]
    payload = event.pop("payload")
    assert event == {
        "line": 3,
        "event_id": f"{USER}.1709280001120000.page_view.-1046217711.1709280001120.1.3",
        "event_type": "page_view",
        "event_name": "page_view",
        "event_time": "2024-03-01T08:00:01.120000Z",
        "anonymous_id": USER,
        "session_id": "1709280001",
        "url": LANDING,
        "title": "Oferta de primavera",
        "referrer": "https://www.google.com/",
        "utm_source": "google",
        "utm_medium": "cpc",
        "utm_campaign": "primavera_2024",
        "utm_content": "anuncio-b",
        "utm_term": "zapatillas rojas",
        "gclid": "Cj0KCQ-EXAMPLE-A",
        "device": "mobile",
        "browser": "Safari",
        "os": "iOS",
        "country": "Spain",
        "region": "Andalusia",
        "city": "Málaga",
        "consent_analytics": "true",
        "consent_marketing": "true",
    }
    assert payload["event_params"] == {"ga_session_number": "1", "entrances": "1"}
    assert payload["traffic_source"] == {"name": "(direct)", "medium": "(none)", "source": "(direct)"}
    assert "user_pseudo_id" not in payload


def test_types(sample):
    assert [event["event_type"] for event in sample("ga4.ndjson")] == [
        "session_start",
        "first_visit",
        "page_view",
        "scroll",
        "page_view",
        "video_progress",
        "add_to_cart",
        "purchase",
        "page_view",
        "page_view",
        "lead_submitted",
        "lead_submitted",
        "page_view",
        "view_promotion",
        "view_promotion",
        "page_view",
        "in_app_purchase",
    ]


def test_purchase(sample):
    event = sample("ga4.ndjson")[7]
    assert (event["value_amount"], event["currency"], event["order_id"]) == ("95.8", "EUR", "T-1001")
    assert event["user_id"] == "cliente-77"
    assert event["payload"]["items"][0]["item_name"] == "Zapatilla Ñandú"
    assert event["payload"]["user_properties"][0]["value"]["string_value"] == "oro"


def test_an_amount_in_micros_is_not_money(sample):
    event = sample("ga4.ndjson")[16]
    assert "value_amount" not in event
    assert event["payload"]["event_params"]["value"] == "4990000"
    assert event["payload"]["geo"] == ["odd"]


def test_engagement_is_added_up_over_a_page(sample):
    events = sample("ga4.ndjson")
    assert {e["line"]: e["payload"]["engaged_seconds"] for e in events if "engaged_seconds" in e["payload"]} == {
        4: 12.5,
        5: 4.25,
        7: 12.25,
        8: 60,
    }
    assert {e["line"]: e["payload"]["scroll_percent"] for e in events if "scroll_percent" in e["payload"]} == {4: 90}
    assert {e["line"]: e["payload"]["video_percent"] for e in events if "video_percent" in e["payload"]} == {6: 50}


def test_placeholders_are_no_values(sample):
    event = sample("ga4.ndjson")[9]
    assert (event["utm_source"], event["utm_medium"]) == ("google", "organic")
    assert not {"utm_campaign", "region", "city"} & event.keys()
    assert (event["device"], event["browser"], event["os"], event["country"]) == (
        "desktop",
        "Chrome",
        "Windows",
        "Germany",
    )


def test_older_tables_keep_the_campaign_in_the_parameters(sample):
    event = sample("ga4.ndjson")[12]
    assert (event["utm_source"], event["utm_medium"], event["utm_campaign"]) == ("newsletter", "email", "noviembre")
    assert event["consent_analytics"] == "false"
    assert "consent_marketing" not in event


@pytest.mark.parametrize("wrapped", [False, True])
def test_parquet_gives_what_json_gives(wrapped, tmp_path, read, query, mapped):
    value = pa.struct([("string_value", pa.string()), ("int_value", pa.int64()), ("double_value", pa.float64())])
    param = pa.struct([("key", pa.string()), ("value", value)])
    params = pa.struct([("list", pa.list_(pa.struct([("element", param)])))]) if wrapped else pa.list_(param)
    schema = pa.schema(
        [
            ("event_timestamp", pa.int64()),
            ("event_name", pa.string()),
            ("event_params", params),
            ("user_pseudo_id", pa.string()),
            ("user_id", pa.string()),
            ("batch_event_index", pa.int64()),
            ("ecommerce", pa.struct([("transaction_id", pa.string()), ("purchase_revenue", pa.float64())])),
            ("collected_traffic_source", pa.struct([(name, pa.string()) for name in COLLECTED])),
        ]
    )
    plain = [{name: record.get(name) for name in schema.names} for record in read("ga4.ndjson")]
    for record in plain:
        for number in ("event_timestamp", "batch_event_index"):
            record[number] = record[number] and int(record[number])
        for item in record["event_params"]:
            if "int_value" in item["value"]:
                item["value"]["int_value"] = int(item["value"]["int_value"])
    rows = [
        record | {"event_params": {"list": [{"element": item} for item in record["event_params"]]}}
        if wrapped
        else record
        for record in plain
    ]
    path = tmp_path / "events_20240301.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE source AS SELECT row_number() OVER () AS line, to_json(f) AS record FROM read_parquet(?) f",
            [str(path)],
        )
        found = query(connection, "ga4")
    expected = mapped("ga4", plain)
    for event in found + expected:
        del event["payload"]
    assert found == expected
    assert found[7]["order_id"] == "T-1001"
    assert len({event["event_id"] for event in found}) == len(found)

from engine.ingest.exports.snowplow import COLUMNS

URL = "https://andes.example/refugio?utm_source=google&utm_medium=cpc&utm_campaign=invierno&gclid=Sp-EXAMPLE"


def test_columns():
    assert len(COLUMNS) == len(set(COLUMNS)) == 131
    assert (COLUMNS[0], COLUMNS[5], COLUMNS[52], COLUMNS[130]) == ("app_id", "event", "contexts", "true_tstamp")


def test_page_view(sample):
    event = sample("snowplow.tsv")[0]
    payload = event.pop("payload")
    assert event.pop("user_agent").startswith("Mozilla/5.0 (X11")
    assert event == {
        "line": 1,
        "event_id": "5a0b0000-0000-4000-8000-000000000001",
        "event_type": "page_view",
        "event_name": "page_view",
        "event_time": "2024-05-01T12:00:00.100Z",
        "anonymous_id": "2f6b7c1e-1111-4a2b-9c3d-000000000001",
        "session_id": "d5e50000-0000-4000-8000-000000000001",
        "url": URL,
        "path": "/refugio",
        "title": "Refugio «Cóndor»",
        "referrer": "https://www.google.com/",
        "utm_source": "google",
        "utm_medium": "cpc",
        "utm_campaign": "invierno",
        "utm_term": "refugio montaña",
        "gclid": "Sp-EXAMPLE",
        "device": "Computer",
        "browser": "Firefox",
        "os": "Linux",
        "country": "CL",
        "region": "Región Metropolitana",
        "city": "Ñuñoa",
        "ip": "198.51.100.23",
    }
    assert payload["contexts"]["data"][0]["data"] == {"id": "c0de0000-0000-4000-8000-000000000001"}
    assert payload["refr_source"] == "Google"
    assert "se_action" not in payload
    assert "page_url" not in payload


def test_types(sample):
    assert [event["event_type"] for event in sample("snowplow.tsv")] == [
        "page_view",
        "page_ping",
        "page_ping",
        "page_ping",
        "foto_ampliada",
        "link_click",
        "lead_submitted",
        "purchase",
        "transaction_item",
        "purchase",
        "percent_progress_event",
        "page_view",
        "page_view",
    ]


def test_engagement(sample):
    payloads = [event["payload"] for event in sample("snowplow.tsv")]
    # 800 + 800 and 2400 + 800 of 3200 pixels; the last ping stands in the file twice and counts once.
    assert [(p["engaged_seconds"], p["scroll_percent"]) for p in payloads[1:4]] == [(10, 50), (20, 100), (20, 100)]
    assert payloads[10]["video_percent"] == 75
    assert all("scroll_percent" not in p for p in payloads[4:])


def test_purchases(sample):
    orders = [event for event in sample("snowplow.tsv") if event["event_type"] == "purchase"]
    assert [(e["value_amount"], e["currency"], e["order_id"]) for e in orders] == [
        ("84000", "CLP", "R-300"),
        ("129.5", "EUR", "R-301"),
    ]
    assert (orders[0]["user_id"], orders[1]["email"]) == ("cl-300", "inigo@correo.example")
    assert "user_id" not in orders[1]


def test_a_submitted_form_names_its_sender(sample):
    assert sample("snowplow.tsv")[6]["email"] == "inigo@correo.example"


def test_sparse_row(sample):
    event = sample("snowplow.tsv")[11]
    assert event["event_time"] == "2024-05-02T10:00:00Z"
    assert event["anonymous_id"] == "99aa0000-0000-4000-8000-000000000001"
    assert (event["msclkid"], event["browser"], event["region"]) == ("Ms-EXAMPLE", "Chrome 12", "RM")
    assert event["payload"]["contexts"] == "{broken"
    assert not {"session_id", "gclid"} & event.keys()

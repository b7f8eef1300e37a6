DEVICE = "018e2c4a-7b1d-7c11-9a53-2f1f0a7b1111"


def test_page_view(sample):
    event = sample("posthog.ndjson")[0]
    payload = event.pop("payload")
    assert event.pop("user_agent").startswith("Mozilla/5.0 (Macintosh")
    assert event == {
        "line": 1,
        "event_id": "018e2c4a-0000-7000-8000-000000000001",
        "event_type": "page_view",
        "event_name": "$pageview",
        "event_time": "2024-03-10T15:00:00.123000Z",
        "anonymous_id": DEVICE,
        "session_id": "018e2c4a-7b1e-7d22-8b64-aa",
        "url": "https://app.nube.example/precios?utm_source=facebook&utm_medium=paid_social"
        "&utm_campaign=Lanzamiento%20Oto%C3%B1o&fbclid=IwAR-EXAMPLE-1",
        "path": "/precios",
        "title": "Precios",
        "referrer": "https://l.facebook.com/",
        "utm_source": "facebook",
        "utm_medium": "paid_social",
        "utm_campaign": "Lanzamiento Otoño",
        "fbclid": "IwAR-EXAMPLE-1",
        "device": "Desktop",
        "browser": "Chrome",
        "os": "Mac OS X",
        "country": "MX",
        "region": "Jalisco",
        "city": "Guadalajara",
        "ip": "198.51.100.7",
    }
    assert payload["properties"] == {
        "$host": "app.nube.example",
        "$browser_version": 122,
        "$lib": "web",
        "$is_identified": False,
        "$referring_domain": "l.facebook.com",
    }
    assert "scroll_percent" not in payload


def test_types(sample):
    assert [event["event_type"] for event in sample("posthog.ndjson")] == [
        "page_view",
        "$autocapture",
        "page_view",
        "lead_submitted",
        "identify",
        "$pageleave",
        "purchase",
        "page_view",
        "subscription renewed",
        "page_view",
        "$feature_flag_called",
        "lead_submitted",
    ]


def test_identify(sample):
    event = sample("posthog.ndjson")[4]
    assert {name: event[name] for name in ("anonymous_id", "user_id", "email", "phone", "first_name", "last_name")} == {
        "anonymous_id": DEVICE,
        "user_id": "usr_501",
        "email": "zoë.q@correo.example",
        "phone": "+52 33 5550 0101",
        "first_name": "Zoë",
        "last_name": "Quiroz",
    }
    assert event["payload"]["properties"]["$set"]["plan"] == "pro"


def test_who_an_event_belongs_to(sample):
    who = [tuple(e.get(name) for name in ("anonymous_id", "user_id", "email")) for e in sample("posthog.ndjson")]
    assert who[5] == (DEVICE, "usr_501", "zoë.q@correo.example")
    assert who[6] == (None, "usr_501", "zoë.q@correo.example")
    assert who[7] == ("0190aaaa-0000-7000-8000-000000000002", None, None)
    assert who[8] == (None, None, "ana@correo.example")
    assert who[9] == ("16ff262c4301e5-0aa346c03894bc-39667c0e-1aeaa0-16ff262c431767", None, None)
    assert who[11] == ("bootstrapped-visitor", None, "lead@correo.example")


def test_purchase(sample):
    event = sample("posthog.ndjson")[6]
    assert (event["value_amount"], event["currency"], event["order_id"]) == ("1499.00", "MXN", "NB-9")


def test_engagement(sample):
    events = [event["payload"] for event in sample("posthog.ndjson")]
    assert [(p["engaged_seconds"], p["scroll_percent"]) for p in (events[2], events[5])] == [
        (29.877, 80),
        (119.877, 100),
    ]
    assert "engaged_seconds" not in events[0]


def test_direct_is_no_referrer(sample):
    assert "referrer" not in sample("posthog.ndjson")[7]


def test_csv_gives_what_json_gives(sample):
    rows = sample("posthog.csv")
    assert rows[0]["payload"]["properties"]["$browser_version"] == 122
    assert rows[6]["payload"]["person_properties"] == {"email": "zoë.q@correo.example"}
    for row, record in zip(rows, sample("posthog.ndjson"), strict=True):
        assert row["event_time"].rstrip("Z") == record["event_time"].removesuffix("+00:00").rstrip("Z")
        assert row["event_time"].endswith("Z")
        for event in (row, record):
            del event["payload"], event["event_time"]
        assert row == record


def test_answer_of_the_api(mapped):
    event = {
        "id": "a1",
        "distinct_id": "usr_1",
        "properties": {},
        "event": "signed up",
        "timestamp": "2024-03-01T00:00:00Z",
    }
    other = event | {"id": "a2", "person": {"properties": {"email": "ana@correo.example"}}}
    events = mapped("posthog", [{"next": None, "results": [event, other]}])
    assert [(e["line"], e["event_id"], e["event_type"], e["user_id"]) for e in events] == [
        (1, "a1", "signed up", "usr_1"),
        (1, "a2", "signed up", "usr_1"),
    ]
    assert [e.get("email") for e in events] == [None, "ana@correo.example"]

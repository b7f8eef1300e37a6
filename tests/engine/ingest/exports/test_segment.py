ANONYMOUS = "9a1d3c70-aaaa-4bbb-8ccc-000000000001"


def test_page_call(sample):
    event = sample("segment.ndjson")[0]
    payload = event.pop("payload")
    assert event.pop("user_agent").startswith("Mozilla/5.0 (Windows NT 10.0")
    assert event == {
        "line": 1,
        "event_id": "ajs-1",
        "event_type": "page_view",
        "event_name": "Abonnement",
        "event_time": "2024-06-01T07:00:00.000Z",
        "anonymous_id": ANONYMOUS,
        "url": "https://cafe-nord.example/abonnement?utm_source=bing&utm_medium=cpc"
        "&utm_campaign=%C3%89t%C3%A9%202024&msclkid=ms-EXAMPLE-1",
        "path": "/abonnement",
        "title": "Abonnement café ☕",
        "referrer": "https://www.bing.com/",
        "utm_source": "bing",
        "utm_medium": "cpc",
        "utm_campaign": "Été 2024",
        "utm_content": "variante a",
        "utm_term": "café en grains",
        "ip": "192.0.2.44",
    }
    assert payload["context"]["library"]["name"] == "analytics.js"
    assert payload["properties"]["tab_url"] == event["url"]


def test_types(sample):
    assert [event["event_type"] for event in sample("segment.ndjson")] == [
        "page_view",
        "Product Viewed",
        "Video Content Playing",
        "lead_submitted",
        "identify",
        "group",
        "purchase",
        "purchase",
        "screen",
        "alias",
        "page_view",
        "newsletter_opened",
    ]


def test_identify(sample):
    event = sample("segment.ndjson")[4]
    assert {name: event[name] for name in ("anonymous_id", "user_id", "email", "phone", "first_name", "last_name")} == {
        "anonymous_id": ANONYMOUS,
        "user_id": "u_77",
        "email": "luc@courriel.example",
        "phone": "+33 1 55 55 01 02",
        "first_name": "Luc",
        "last_name": "Béranger",
    }
    assert event["payload"]["traits"]["plan"] == "découverte"


def test_a_submitted_form_names_its_sender(sample):
    event = sample("segment.ndjson")[3]
    assert (event["event_name"], event["email"], event["anonymous_id"]) == (
        "Form Submitted",
        "luc@courriel.example",
        ANONYMOUS,
    )


def test_purchases(sample):
    orders = [event for event in sample("segment.ndjson") if event["event_type"] == "purchase"]
    assert [(e["value_amount"], e["currency"], e["order_id"]) for e in orders] == [
        ("55.5", "EUR", "CMD-55"),
        ("20.00", "EUR", "CMD-56"),
    ]
    assert orders[1]["email"] == "nadia@courriel.example"
    assert not {"anonymous_id", "user_id", "url"} & orders[1].keys()


def test_video(sample):
    assert sample("segment.ndjson")[2]["payload"]["video_percent"] == 25


def test_screen_and_alias(sample):
    screen, alias = sample("segment.ndjson")[8:10]
    assert (screen["event_name"], screen["country"], screen["city"]) == ("Accueil", "France", "Lille")
    assert (alias["anonymous_id"], alias["user_id"]) == ("9a1d3c70-aaaa-4bbb-8ccc-000000000002", "u_78")


def test_rudderstack(sample):
    page, track = sample("segment.ndjson")[10:]
    assert page["event_time"] == "2024-06-03T09:00:00.100Z"
    assert page["session_id"] == "1717405200123"
    assert (page["email"], page["ip"]) == ("mila@courriel.example", "192.0.2.80")
    assert "referrer" not in page
    assert "user_id" not in page
    assert track["payload"]["properties"] == "not an object"

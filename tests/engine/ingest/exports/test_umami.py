def test_page_view(sample):
    event = sample("umami.csv")[0]
    assert event == {
        "line": 1,
        "event_id": "e7e40000-0000-4000-8000-000000000001",
        "event_type": "page_view",
        "event_time": "2024-04-05T06:00:00Z",
        "anonymous_id": "5e550000-0000-4000-8000-000000000001",
        "session_id": "a1510000-0000-4000-8000-000000000001",
        "url": "https://huerto.example/semillas"
        "?utm_source=tiktok&utm_medium=paid&utm_campaign=siembra&ttclid=E.C.P.EXAMPLE",
        "path": "/semillas",
        "title": "Semillas de albahaca 🌱",
        "referrer": "https://tiktok.com/",
        "utm_source": "tiktok",
        "utm_medium": "paid",
        "utm_campaign": "siembra",
        "ttclid": "E.C.P.EXAMPLE",
        "device": "desktop",
        "browser": "chrome",
        "os": "Windows 10",
        "country": "ES",
        "region": "ES-CT",
        "city": "Sant Cugat del Vallès",
        "payload": {
            "website_id": "7c2f0000-0000-4000-8000-00000000000a",
            "screen": "1920x1080",
            "language": "es-ES",
            "event_type": "1",
        },
    }


def test_types(sample):
    assert [event["event_type"] for event in sample("umami.csv")] == [
        "page_view",
        "page_view",
        "add-to-cart",
        "purchase",
        "page_view",
        "page_view",
        "lead_submitted",
        "page_view",
        "performance",
        "link",
        "pixel",
    ]


def test_identity_comes_from_distinct_id(sample):
    events = sample("umami.csv")
    assert events[3]["user_id"] == "socia-12"
    assert events[6]["email"] == "pia@correo.example"
    assert "user_id" not in events[6]


def test_addresses(sample):
    events = sample("umami.csv")
    assert events[5]["referrer"] == "https://www.google.com/search?q=compost"
    assert events[5]["event_time"] == "2024-04-06T08:00:00.250Z"
    assert "referrer" not in events[1]
    assert "url" not in events[7]
    assert (events[7]["path"], events[7]["gclid"]) == ("/", "Gx-EXAMPLE")
    assert events[7]["event_time"] == "2024-04-06T09:00:00Z"


def test_a_row_without_id_is_known_by_its_natural_key(sample):
    assert sample("umami.csv")[10]["event_id"] == (
        "5e550000-0000-4000-8000-000000000004.a1510000-0000-4000-8000-000000000005.2024-04-06 10:00:10.4..%2Fp%2Fcorreo"
    ).replace("%2F", "/")


def test_other_columns_stay(sample):
    events = sample("umami.csv")
    assert events[2]["payload"]["tag"] == "variante-b"
    assert events[8]["payload"]["lcp"] == "1200.5"

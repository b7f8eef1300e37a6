from datetime import UTC, datetime


def seconds(time):
    return str(int(datetime.fromisoformat(time).replace(tzinfo=UTC).timestamp()))


def test_landing_page(sample):
    event = sample("matomo.json")[0]
    payload = event.pop("payload")
    assert event == {
        "line": 1,
        "event_id": "501.action.4011",
        "event_type": "page_view",
        "event_name": "action",
        "event_time": seconds("2024-02-10T09:00:00"),
        "anonymous_id": "c0ffee0123456789",
        "session_id": "501",
        "email": "marta@correo.example",
        "url": "https://tienda-luna.example/oferta?mtm_campaign=Febrero%20Lux&mtm_source=instagram&mtm_medium=paid_social",
        "title": "Oferta de febrero",
        "referrer": "https://l.instagram.com/",
        "utm_source": "instagram",
        "utm_medium": "paid_social",
        "utm_campaign": "Febrero Lux",
        "device": "Desktop",
        "browser": "Firefox",
        "os": "GNU/Linux",
        "country": "ES",
        "region": "Catalonia",
        "city": "Barcelona",
        "ip": "203.0.113.0",
    }
    assert payload["engaged_seconds"] == 45
    assert payload["visit"]["visitDuration"] == "360"
    assert "actionDetails" not in payload["visit"]


def test_actions_of_a_visit(sample):
    events = [event for event in sample("matomo.json") if event["line"] == 1]
    assert [event["event_type"] for event in events] == [
        "page_view",
        "page_view",
        "play",
        "download",
        "Formulario de contacto",
        "purchase",
    ]
    assert all("referrer" not in event and "utm_source" not in event for event in events[1:])
    assert all("visit" not in event["payload"] for event in events[1:])
    assert events[1]["payload"]["engaged_seconds"] == 120
    assert events[2]["payload"]["eventName"] == "Montaje"
    assert "value_amount" not in events[4]
    order = events[5]
    assert (order["value_amount"], order["currency"], order["order_id"]) == ("129.9", "EUR", "PED 77/24")
    assert order["event_id"] == "501.ecommerceOrder.PED 77/24"
    assert order["payload"]["itemDetails"][0]["itemName"] == "Lámpara «Órbita»"


def test_times_shifted_by_the_time_zone_of_the_site_are_put_back(sample):
    times = {event["event_id"]: event["event_time"] for event in sample("matomo.json")}
    assert times["501.ecommerceOrder.PED 77/24"] == seconds("2024-02-10T09:06:00")
    assert times["502.action.4021"] == seconds("2024-07-01T22:30:00")
    assert times["502.outlink.4022"] == seconds("2024-07-01T22:30:40")
    assert times["505.action.4051"] == seconds("2024-02-12T08:37:00")
    assert times["9.action.1"] == times["9.content.2"] == seconds("2024-02-13T00:00:00")


def test_campaign_comes_from_the_plugin_else_from_the_referrer(sample):
    events = {event["session_id"]: event for event in sample("matomo.json") if event["event_type"] == "page_view"}
    plugin = events["503"]
    assert [plugin[f"utm_{name}"] for name in ("source", "medium", "campaign", "content", "term")] == [
        "Lista A",
        "email",
        "Boletín 2",
        "botón",
        "lector",
    ]
    assert events["9"]["utm_campaign"] == "a b"
    assert "utm_campaign" not in events["502"]


def test_a_visit_without_page_views_keeps_its_facts_on_the_first_action(sample):
    events = [event for event in sample("matomo.json") if event["line"] == 4]
    assert [event["event_type"] for event in events] == ["lead_submitted", "search", "ecommerceAbandonedCart"]
    assert events[0]["payload"]["visit"]["visitorType"] == "new"
    assert events[0]["anonymous_id"] == "9b1e77c0a4d2f311"
    assert events[0]["user_id"] == "socio-9"
    assert "country" not in events[0]
    assert (events[2]["event_id"], events[2]["value_amount"]) == ("504.ecommerceAbandonedCart", "45.00")

def test_a_visit_with_two_pages(lab):
    lab.events(
        {"event_type": "page_view", "event_time": "2026-05-01T10:00:00Z", "anonymous_id": "a", "url": "https://shop.example/?utm_source=google&utm_medium=cpc&gclid=x"},
        {"event_type": "page_view", "event_time": "2026-05-01T10:01:00Z", "anonymous_id": "a", "url": "https://shop.example/b", "referrer": "https://shop.example/"},
    )
    lab.rebuild()
    assert lab.rows("select channel, pageviews, is_bounce, entry_page, exit_page from visits") == [("Paid Search", 2, False, "/", "/b")]

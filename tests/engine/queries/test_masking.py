"""Emails in addresses and tags, hidden: each by a stand-in of its own, as such texts are keys of rows too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from engine.queries.masking import EMAIL_IN_TEXT, meant, without_emails, without_emails_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab


def test_what_differs_still_differs_and_what_is_the_same_stays_so() -> None:
    frame = pl.DataFrame(
        {
            "value": ["/of/a@x.example/1", "/of/b@x.example/1", "/plain", None, "/of/a@x.example/1"],
            "path": [["a@x.example", "Direct"], [], None, ["b@x.example"], ["Direct"]],
            "email": ["a***@x.example"] * 5,
            "n": [1, 2, 3, 4, 5],
        }
    )
    hidden = without_emails(frame)
    assert hidden.schema == frame.schema
    values = hidden["value"].to_list()
    assert values[0] == values[4] != values[1]
    assert values[2:4] == ["/plain", None]
    assert all(text.startswith("/of/***") and text.endswith("/1") for text in (values[0], values[1]))
    assert hidden["path"].to_list()[1:3] == [[], None]
    assert (
        hidden.select("value", "path")
        .with_columns(pl.col("path").list.join(" "))
        .select(pl.any_horizontal(pl.all().str.contains(EMAIL_IN_TEXT)).any())
        .item()
        is False
    )
    assert hidden["email"].to_list() == frame["email"].to_list()


def test_what_is_hidden_already_stays_as_it_is() -> None:
    frame = pl.DataFrame({"value": ["j***@e****.com", "/of/j***@e****.com"]})
    assert without_emails(frame).equals(frame)


def test_a_stand_in_stays_and_is_understood() -> None:
    for text in ("/of/ann@x.example/1", "a@b.example@c.example", "a@b.example@c"):
        hidden = without_emails_in(text)
        assert "b.example" not in hidden
        assert without_emails_in(hidden) == hidden != text
        assert meant(hidden) == text


def test_a_tag_with_an_email_is_nowhere_when_masked(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    who = "jane@mail.example"
    page = f"https://shop.example/?utm_source={who}&utm_medium=email&utm_campaign={who}"
    lab.events({"event_type": "page_view", "anonymous_id": "d1", "event_time": "2026-06-01T10:00:00Z", "url": page})
    lab.people({"email": "buyer@mail.example", "anonymous_id": "d1"})
    lab.conversions(
        {"conversion_id": "c1", "time": "2026-06-02T10:00:00Z", "event_type": "payment_received",
         "email": "buyer@mail.example", "value_amount": 10, "currency": "USD"}
    )  # fmt: skip
    profile = lab.rebuild().profile
    days = lab.value("select date '2026-06-01'"), lab.value("select date '2026-06-30'")
    conversion = str(lab.value("select conversion_id from conversions"))
    person = str(lab.value("select person_id from people where is_identified"))
    for masked in (False, True):
        told = [
            profile.customers(*days, masked=masked),
            profile.visitors(*days, masked=masked),
            profile.people(*days, masked=masked),
            profile.journey(*days, id=person, masked=masked),
            profile.explain(id=conversion, masked=masked),
        ]
        for result in told:
            assert (who in str(result.table.to_dicts()) + str(result.data)) != masked

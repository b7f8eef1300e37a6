"""Data quality by hand: what is found, what decisions about people would change, and that a rebuild then does."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import AttribenchError, Code
from engine.queries.tags import _one_slip  # pyright: ignore[reportPrivateUsage] - the rule itself
from tests.engine.queries.world import page, spent, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

JUNE = (date(2026, 6, 1), date(2026, 6, 30))
Row = dict[str, Any]


def pay(key: str, person: str | None, day: str, amount: int, **fields: Any) -> Row:
    return told(key, person, f"2026-06-{day}T12:00:00Z", value_amount=amount, currency="USD", **fields)


def named(lab: Lab, visitor: str, email: str, day: str) -> None:
    lab.events(
        page(visitor, f"2026-06-{day}", "09:00", "/?gclid=1"),
        {"event_type": "identify", "event_time": f"2026-06-{day}T09:01:00Z", "anonymous_id": visitor, "email": email},
    )


def by(rows: list[Row], field: str) -> dict[Any, Row]:
    return {row[field]: row for row in rows}


def found(lab: Lab) -> dict[str, Row]:
    return by(lab.profile.findings(*JUNE).table.to_dicts(), "code")


# ------------------------------------------------------------------ cash without a touch


def test_a5_each_payment_without_a_touch_has_its_reason(lab: Lab) -> None:
    """The reasons add up to the cash that coverage leaves out, refunds included."""
    named(lab, "d1", "ana@x.example", "02")
    lab.people(
        {"email": "ana@x.example", "first_name": "Ana", "last_name": "Sol"},
        {"email": "ana@work.example", "first_name": "Ana", "last_name": "Sol"},
    )
    lab.touches(
        {"email": "old@x.example", "time": "2026-04-20T00:00:00Z", "channel": "Email"},
        {"email": "late@x.example", "time": "2026-06-29T00:00:00Z", "channel": "Email"},
    )
    lab.conversions(
        pay("covered", "ana@x.example", "05", 100),
        pay("nobody", None, "05", 10),
        pay("older", "old@x.example", "05", 20),
        pay("early", "early@x.example", "01", 30),
        pay("other", "ana@work.example", "06", 40),
        pay("after", "late@x.example", "07", 50),
        pay("never", "new@x.example", "08", 60),
        told("back", "new@x.example", "2026-06-09T12:00:00Z", "refund", value_amount=15, currency="USD")
        | {"refund_of": "never"},
    )
    lab.rebuild()
    result = lab.profile.unmatched_payments(*JUNE)
    assert {row["reason"]: (row["payments"], row["cash"]) for row in result.meta["reasons"]} == {
        "nobody": (1, 10), "older": (1, 20), "before_tracking": (1, 30), "another_email": (1, 40), "after": (1, 50),
        "never_identified": (1, 45),
    }  # fmt: skip
    quality = lab.profile.quality(*JUNE).data
    assert quality is not None
    assert result.meta["totals"]["cash"] == quality["cash_revenue"] - quality["covered_revenue"] == 195
    other = next(row for row in result.table.to_dicts() if row["reason"] == "another_email")
    assert (other["hint"], other["other_email"]) == ("name", "ana@x.example")
    assert (
        round(next(row["days_since_touch"] for row in result.table.to_dicts() if row["reason"] == "older"), 1) == 46.5
    )
    hidden = lab.profile.unmatched_payments(*JUNE, masked=True).table
    assert "work.example" not in str(hidden.to_dicts())


def test_a5_coverage_by_week_is_that_of_each_week(lab: Lab) -> None:
    named(lab, "d1", "ana@x.example", "02")
    lab.conversions(pay("p1", "ana@x.example", "03", 30), pay("p2", "bob@x.example", "04", 10))
    lab.conversions(pay("p3", "ana@x.example", "10", 50))
    lab.rebuild()
    weeks = by(lab.profile.coverage_history(*JUNE).table.to_dicts(), "date")
    first, second, third = weeks[date(2026, 6, 1)], weeks[date(2026, 6, 8)], weeks[date(2026, 6, 15)]
    assert (first["cash_coverage_percent"], first["cash_coverage_band"]) == (75, "caution")
    assert (first["coverage_percent"], first["coverage_band"]) == (50, "poor")
    assert (second["cash_coverage_percent"], second["cash_coverage_band"]) == (100, "excellent")
    assert (third["cash_coverage_percent"], third["cash_coverage_band"]) == (None, None)
    quality = lab.profile.quality(date(2026, 6, 1), date(2026, 6, 7)).data
    assert quality is not None
    assert first["cash_coverage_percent"] == quality["cash_coverage_percent"]


# ------------------------------------------------------------------ tags


def test_the_audit_of_tags(lab: Lab) -> None:
    """Ten visits: each finding with its visits, and the cash credited to them under the model."""
    tagged = [
        ("v1", "?utm_source=newsletter&utm_medium=email&utm_campaign=spring"),
        ("v2", "?utm_source=newsletter&utm_medium=email&utm_campaign=spring"),
        ("v3", "?utm_source=Newsletter&utm_medium=email&utm_campaign=Spring"),  # another case, twice
        *((f"n{number}", "?utm_source=newsletter&utm_medium=email&utm_campaign=spring") for number in range(5)),
        ("v4", "?utm_source=newslettr&utm_medium=email&utm_campaign=spring"),  # a slip, one visit to seven
        ("v5", "?gclid=1"),  # paid, no tag says so
        ("v6", "?utm_source=facebook&utm_medium=paid_social&utm_campaign=lost"),  # no such campaign
        ("v7", "?utm_source=facebook&utm_medium=paid_social&utm_campaign=Twin"),  # two of that name
        ("v8", "?utm_source=partner"),  # no medium
    ]
    lab.events(*(page(visitor, "2026-06-10", "10:00", f"/{query}") for visitor, query in tagged))
    # a link within the shop that carries tags begins another visit
    lab.events(
        page("v9", "2026-06-10", "10:00", "/"),
        page("v9", "2026-06-10", "10:01", "/sale?utm_source=banner&utm_medium=site&utm_campaign=sale")
        | {"referrer": "https://www.shop.example/"},
    )
    lab.ad_spend(
        *(spent("2026-06-10", number, 5, campaign="Twin", impressions=10, clicks=1) for number in ("c1", "c2")),
        spent("2026-06-11", "c3", 7, campaign="Unseen", impressions=10, clicks=2),
    )
    lab.conversions(*(pay(f"p{visitor}", visitor, "11", 10) for visitor in ("v3", "v4", "v5", "v6", "v7", "v8", "v9")))
    lab.rebuild()
    rows = {
        (row["finding"], row["field"]): row for row in lab.profile.utm_audit(*JUNE, model="linear").table.to_dicts()
    }

    def told_of(finding: str, field: str) -> tuple[Any, ...]:
        row = rows[finding, field]
        return row["value"], row["variants"], row["visits"], row["cash"]

    assert told_of("case", "source") == ("newsletter", ["Newsletter"], 1, 10)
    assert told_of("case", "campaign") == ("spring", ["Spring"], 1, 10)
    assert told_of("spelling", "source") == ("newsletter", ["newslettr"], 1, 10)
    assert told_of("untagged_paid", "click_id") == ("gclid", [], 1, 10)
    assert told_of("unresolved", "campaign") == ("lost", [], 1, 10)
    assert told_of("ambiguous", "campaign") == ("Twin", [], 1, 10)
    assert told_of("partial", "medium") == ("partner", [], 1, 10)
    assert told_of("internal", "source") == ("banner", [], 1, 5)  # linear: half of the payment's two touches
    assert len(rows) == 8
    codes = found(lab)
    assert (codes["spend_without_touches"]["count"], codes["spend_without_touches"]["spend"]) == (3, 17)
    assert codes["tags_untagged_paid"]["severity"] == "bad"  # 10 of 70


@pytest.mark.parametrize(
    ("one", "other", "is_slip"),
    [
        ("newsletter", "newslettr", True), ("newsletter", "newslletter", True), ("newsletter", "newslettar", True),
        ("newsletter", "newsltteer", False), ("newsletter", "newslettre", True), ("spring2025", "spring2026", False),
        ("spring1", "spring", False), ("abcdef", "abcdef", True),
    ],
)  # fmt: skip
def test_a_slip_is_one_letter_and_never_a_digit(one: str, other: str, is_slip: bool) -> None:
    assert _one_slip(one, other) is is_slip


# ------------------------------------------------------------------ sources


def test_a_gap_is_where_many_are_usual_and_none_came(lab: Lab) -> None:
    """Six visits an hour for three weeks, then a day of which five hours have none: 6 x 20/21 + ... are expected."""
    start = date(2026, 6, 1)
    lab.events(
        *(
            page(f"g{day}-{hour}-{number}", (start + timedelta(days=day)).isoformat(), f"{hour:02}:{number:02}", "/")
            for day in range(21)
            for hour in range(8, 20)
            for number in range(6)
            if not (day == 16 and 9 <= hour < 14)
        )
    )
    lab.conversions(told("p", "g16-8-0", "2026-06-17T10:30:00Z", value_amount=40, currency="USD"))
    lab.rebuild()
    (gap,) = lab.profile.gaps(date(2026, 6, 1), date(2026, 6, 21)).table.to_dicts()
    assert gap["started_at"].isoformat() == "2026-06-17T09:00:00"
    assert (gap["hours"], gap["conversions"], gap["cash"], gap["is_open"]) == (5, 1, 40, False)
    assert gap["expected"] == 20  # five hours of Wednesdays: 6, 6 and 0
    quiet = lab.profile.freshness().table.to_dicts()
    assert {row["source"]: row["state"] for row in quiet} == {"visits": "stale", "conversions": "stale"}
    assert json.loads(found(lab)["gaps"]["facts"])["hours"] > 5  # to the end of June nobody came


def test_every_other_finding(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab(timezone="Europe/Madrid")
    bot = {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
    lab.events(
        page("b", "2026-06-10", "10:00", "/") | bot,
        page("d", "2026-06-10", "10:00", "/book"),
        page("d", "2026-06-10", "10:01", "/book") | {"event_type": "form_submitted"},
        {"event_type": "page_view"},  # rejected: no time
    )
    lab.conversions(
        told("k", "k@x.example", "2026-06-10T12:00:00Z", value_amount=90, currency="KWD"),
        pay("t", "test@test.com", "10", 25),
    )
    lab.ad_spend(spent("2026-06-10", "c", 50, account="77"))
    with lab.workspace.store.write() as cursor:
        for name, paused, outcome in (("Meta", False, "failed"), ("Shop", True, "done")):
            cursor.run(
                """insert into connections (profile_id, provider, name, settings, is_paused, created_at)
                   values ($1, 'meta', $2, '{}', $3, timestamp '2026-06-01')""",
                [lab.profile.profile_id, name, paused],
            )
            number = cursor.value("select max(connection_id) from connections")
            cursor.run(
                """insert into sync_runs (connection_id, stream, started_at, ended_at, outcome, error)
                   values ($1, 's', timestamp '2026-06-02', timestamp '2026-06-02', $2,
                           '{"code": "provider.login"}')""",
                [number, outcome],
            )
            if name == "Meta":
                cursor.run(
                    """insert into provider_objects values
                       ($1, $2, 'ad_account', '77', 1, timestamp '2026-06-02', false,
                        '{"timezone_name": "America/New_York"}')""",
                    [lab.profile.profile_id, number],
                )
    lab.rebuild()
    rows = found(lab)
    assert (rows["bots"]["count"], rows["bots"]["severity"]) == (1, "info")
    assert (rows["forms_unidentified"]["count"], json.loads(rows["forms_unidentified"]["facts"])["page"]) == (
        1,
        "/book",
    )
    assert (rows["unconverted"]["count"], json.loads(rows["unconverted"]["facts"])["amounts"]) == (1, {"KWD": 90.0})
    assert (rows["quarantined"]["count"], rows["quarantined"]["conversions"]) == (1, 1)
    assert (rows["account_zone"]["count"], rows["account_zone"]["spend"]) == (1, 50)
    assert rows["rows_rejected"]["count"] == 1
    assert json.loads(rows["source_failed"]["facts"])["error"] == "provider.login"
    assert rows["source_paused"]["severity"] == "info"
    assert "figures_stale" not in rows
    lab.change(click_window_days=10)
    assert found(lab)["figures_stale"]["severity"] == "bad"


# ------------------------------------------------------------------ repairs


@pytest.fixture
def clinic(lab: Lab) -> Lab:
    """Ana and Bob came by ads; seven payments name no email."""
    named(lab, "d1", "ana@x.example", "02")
    named(lab, "d2", "bob@x.example", "03")
    lab.people({"email": "bob@x.example", "phone": "+12015550123", "first_name": "Bob", "last_name": "Roe"})
    lab.conversions(
        # its own record tells it, under a name of its own
        pay("own", None, "05", 100, mercadopago_payer_id="m1") | {"receipt_email": " Ana@X.example "},
        # nobody at all; the form's answers name the field beside the value
        pay("form", None, "06", 50) | {"payload": {"answers": [{"name": "E-mail", "values": ["bob@x.example"]}]}},
        # the order it pays was placed by Bob: he need not be who paid
        pay("order", None, "07", 30, stripe_customer_id="cus_1", order_id="o1"),
        told("o1", "bob@x.example", "2026-06-07T11:59:00Z", "order_placed", order_id="o1"),
        # two different ones
        pay("two", None, "08", 20, ghl_contact_id="g1") | {"contact_email": "ana@x.example", "mail": "bob@x.example"},
        # the shop's own address and a placeholder say nothing
        pay("none", None, "09", 10, stripe_customer_id="cus_2")
        | {"merchant_email": "shop@x.example", "email_sent_to": "test@test.com"},
        # a phone for who has an email
        pay("phone", "ana@x.example", "10", 40) | {"billing": {"phone": "(201) 555-0199", "name": "Ana Sol"}},
    )
    return lab.rebuild()


def test_i4_suggestions_say_where_from_and_leave_doubt_to_people(clinic: Lab) -> None:
    result = clinic.profile.repairs()
    rows = {(row["object_id"], row["missing"], row["value"]): row for row in result.table.to_dicts()}
    assert {key: row["doubt"] for key, row in rows.items()} == {
        ("own", "email", "ana@x.example"): None,
        ("form", "email", "bob@x.example"): None,
        ("o1", "email", "bob@x.example"): "order_only",
        ("two", "email", "ana@x.example"): "two_candidates",
        ("two", "email", "bob@x.example"): "two_candidates",
        ("phone", "phone", "+12015550199"): None,
        ("phone", "name", "Ana Sol"): None,
    }
    own = rows["own", "email", "ana@x.example"]
    assert (own["left_kind"], own["left_value"], own["link"], own["place"]) == (
        "mercadopago_payer_id", "m1", "own_record", "$.receipt_email",
    )  # fmt: skip
    assert (own["cash"], own["payments"], own["owner"]) == (100, 1, "ana@x.example")
    assert rows["form", "email", "bob@x.example"]["left_kind"] == "record"
    assert (result.meta["open"], result.meta["bulk"]) == (7, 4)
    hidden = str(clinic.profile.repairs(masked=True).table.to_dicts())
    assert all(text not in hidden for text in ("ana@x", "bob@x", "5550199", "Sol", "Roe"))


def test_what_earlier_versions_and_provider_objects_tell(lab: Lab) -> None:
    lab.conversions(pay("p", "eva@x.example", "05", 10, ghl_contact_id="g9", as_of="2026-06-05T00:00:00Z"))
    lab.conversions(
        pay("p", None, "05", 10, ghl_contact_id="g9", as_of="2026-06-06T00:00:00Z"),
        pay("q", None, "05", 20, stripe_customer_id="cus_9"),
    )
    with lab.workspace.store.write() as cursor:
        cursor.run(
            """insert into connections (profile_id, provider, name, settings, created_at)
               values ($1, 'stripe', 'Shop', '{}', timestamp '2026-06-01')""",
            [lab.profile.profile_id],
        )
        cursor.run(
            """insert into provider_objects values ($1, 1, 'invoice', 'in_1', 1, timestamp '2026-06-07', false,
                   '{"customer": {"id": "cus_9"}, "customer_email": "fay@x.example",
                     "account_email": "us@x.example"}')""",
            [lab.profile.profile_id],
        )
    lab.rebuild()
    rows = by(lab.profile.repairs().table.to_dicts(), "value")
    assert set(rows) == {"eva@x.example", "fay@x.example"}
    assert (rows["eva@x.example"]["link"], rows["eva@x.example"]["left_value"]) == ("earlier_version", "g9")
    assert (rows["fay@x.example"]["provider"], rows["fay@x.example"]["object_id"]) == ("stripe", "in_1")


def credited(lab: Lab, model: str) -> dict[str, float]:
    rows = lab.profile.channels(*JUNE, model=model, limit=20).table.to_dicts()
    return {row["value"]: row["revenue"] for row in rows if row["revenue"]}


def moved(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    change = {name: after.get(name, 0) - before.get(name, 0) for name in {*before, *after}}
    return {name: pytest.approx(value) for name, value in change.items() if abs(value) > 1e-6}


@pytest.mark.parametrize("model", ["position_based", "first_touch", "markov"])
def test_i5_a_preview_is_what_the_rebuild_then_gives(clinic: Lab, model: str) -> None:
    """Two of the payments gain touches, 150 of cash; the figures after it are the preview's, to the cent."""
    preview = clinic.profile.repair_preview(*JUNE, model=model)
    data = preview.data
    assert data is not None
    assert (data["payments_gained"], data["cash_gained"], data["overwritten"]) == (2, 150, 0)
    assert (data["missing_email_before"], data["missing_email_after"]) == (4, 3)
    before = credited(clinic, model)
    batch = clinic.profile.repair()
    assert clinic.profile.decisions().height == 4
    clinic.rebuild()
    after = credited(clinic, model)
    assert {row["channel"]: row["change"] for row in data["channels"]} == moved(before, after)
    quality = clinic.profile.quality(*JUNE).data
    assert quality is not None
    assert data["cash_coverage_percent_after"] == quality["cash_coverage_percent"]
    assert data["coverage_percent_after"] == quality["coverage_percent"]
    assert clinic.profile.repairs().meta["open"] == 3
    clinic.profile.undo_decision(batch)
    clinic.rebuild()
    assert credited(clinic, model) == before


def test_one_repair_alone_and_one_of_two_candidates(clinic: Lab) -> None:
    ids = {(row["object_id"], row["value"]): row["suggestion_id"] for row in clinic.profile.repairs().table.to_dicts()}
    preview = clinic.profile.repair_preview(*JUNE, entity_ids=[ids["own", "ana@x.example"]])
    (row,) = preview.table.to_dicts()
    assert (row["cash"], row["touches_before"], row["touches_after"], row["path_after"], row["credit_after"]) == (
        100, 0, 1, ["Paid Search"], [1.0],
    )  # fmt: skip
    assert row["suggestion_ids"] == [ids["own", "ana@x.example"]]
    assert preview.data is not None
    (person,) = preview.data["people"]
    assert (person["email_before"], person["email_after"]) == (None, "ana@x.example")
    both = [ids["two", "ana@x.example"], ids["two", "bob@x.example"]]
    with pytest.raises(AttribenchError) as raised:
        clinic.profile.repair(both)
    assert raised.value.code is Code.REPAIR_TWICE
    with pytest.raises(AttribenchError) as raised:
        clinic.profile.repair(["nonsense"])
    assert raised.value.code is Code.REPAIR_UNKNOWN
    clinic.profile.repair(both[:1])
    clinic.rebuild()
    assert clinic.person_of("ghl_contact_id", "g1") == clinic.person_of("email", "ana@x.example")


def test_i5_merge_and_split_move_what_their_previews_say(clinic: Lab) -> None:
    """The payer of 100 is merged with Ana, and her device split from her again."""
    before = credited(clinic, "linear")
    people = ["mercadopago_payer_id:m1", "ana@x.example"]
    preview = clinic.profile.merge_preview(*JUNE, entity_ids=people, model="linear").data
    assert preview is not None
    assert (preview["payments_gained"], preview["cash_moved"]) == (1, 100)
    batch = clinic.profile.merge(people)
    clinic.rebuild()
    merged = credited(clinic, "linear")
    assert {row["channel"]: row["change"] for row in preview["channels"]} == moved(before, merged)
    assert clinic.profile.merge(people) == 0  # they are one already
    split = clinic.profile.split_preview(*JUNE, id="mercadopago_payer_id:m1", model="linear").data
    assert split is not None
    clinic.profile.split_person(("mercadopago_payer_id", "m1"))
    clinic.rebuild()
    assert {row["channel"]: row["change"] for row in split["channels"]} == moved(merged, credited(clinic, "linear"))
    for number in set(clinic.profile.decisions()["batch_id"]):
        clinic.profile.undo_decision(number)
    assert batch
    clinic.rebuild()
    assert credited(clinic, "linear") == before


# ------------------------------------------------------------------ people


def test_i2_people_conflicts_and_what_is_missing(lab: Lab) -> None:
    """One phone, two emails: it joins neither, and its payment hangs between them."""
    lab.people(
        {"email": "a@x.example", "phone": "+12015550123"},
        {"email": "b@x.example", "phone": "+12015550123"},
        {"email": "c@x.example", "first_name": "Cy"},
    )
    lab.conversions(pay("p", None, "05", 70, phone="+12015550123"), pay("q", "c@x.example", "06", 5))
    lab.rebuild()
    meta = lab.profile.contacts().meta
    assert (meta["people"], meta["missing_email"], meta["missing_phone"], meta["missing_name"]) == (4, 1, 3, 3)
    (row,) = lab.profile.contacts(scope="missing_email").table.to_dicts()
    assert (row["phone"], row["cash"], row["kinds"]) == ("+12015550123", 70, ["phone"])
    assert [row["name"] for row in lab.profile.contacts(search="cy").table.to_dicts()] == ["Cy"]
    rows = lab.profile.conflicts().table.to_dicts()
    assert {(row["reason"], row["value"], row["other_value"], row["cash"]) for row in rows} == {
        ("two_emails", "+12015550123", "a@x.example", 70), ("two_emails", "+12015550123", "b@x.example", 70),
    }  # fmt: skip
    candidates = lab.profile.repairs().table.to_dicts()
    assert [(row["value"], row["doubt"], row["cash"]) for row in candidates] == [
        ("a@x.example", "two_candidates", 70), ("b@x.example", "two_candidates", 70),
    ]  # fmt: skip
    first, second = lab.profile.contacts(limit=2), lab.profile.contacts(limit=2, cursor=None)
    assert first.pagination is not None
    assert first.table.equals(second.table)
    rest = lab.profile.contacts(limit=3, cursor=first.pagination["cursor"]).table
    assert {*first.table["person_id"]} | {*rest["person_id"]} == {*lab.profile.contacts().table["person_id"]}

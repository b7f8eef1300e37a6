"""Who is one person and whose each device is (I1-I6), computed by hand.

A test puts several small cases into one workspace; identifiers are named so that cases do not meet.
"""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

Record = dict[str, Any]

US_PHONES = [f"+1415555{number:04}" for number in range(100, 200)]


def view(device: str, clock: str, day: int = 4) -> Record:
    return {
        "event_type": "page_view",
        "event_time": f"2026-05-{day:02}T{clock}:00Z",
        "anonymous_id": device,
        "url": "https://shop.example/",
    }


def identify(device: str | None, clock: str, day: int = 4, **who: str) -> Record:
    return {"event_type": "identify", "event_time": f"2026-05-{day:02}T{clock}:00Z", "anonymous_id": device, **who}


def visit(device: str, clock: str, day: int = 4, **who: str) -> tuple[Record, Record]:
    """A page view, and somebody named a minute later."""
    return view(device, clock, day), identify(device, f"{clock[:-2]}{int(clock[-2:]) + 1:02}", day, **who)


_numbers = count(1)


def payment(name: str = "", day: int = 20, **who: str) -> Record:
    return {
        "conversion_id": name or f"pay{next(_numbers)}",
        "time": f"2026-05-{day:02}T12:00:00Z",
        "event_type": "payment_received",
        "value_amount": "10",
        "currency": "USD",
        **who,
    }


def owners(lab: Lab, device: str) -> list[str | None]:
    """Email, else phone, else user id, of whoever each visit of a device belongs to; None: nobody known."""
    return [
        who
        for (who,) in lab.rows(
            f"""select coalesce(p.email, p.phone, (select min(value) from identifiers i
                    where i.person_id = p.person_id and i.kind not in ('anonymous_id', 'email', 'phone')))
                from visits v join people p using (person_id)
                where v.anonymous_id = '{device}' order by v.started_at"""
        )
    ]


def person_of_payment(lab: Lab, name: str) -> str | None:
    return lab.value(f"select person_id::varchar from conversions where source_id = '{name}'")


def conflicts(lab: Lab) -> set[tuple[str, ...]]:
    return set(lab.rows("select reason, kind, value, other_kind, other_value from identity_conflicts"))


def people(lab: Lab) -> list[set[str]]:
    """The identifiers of each person, devices left out."""
    rows = lab.rows(
        """select list(value) from identifiers where person_id is not null and kind <> 'anonymous_id'
           group by person_id"""
    )
    return sorted((set(values) for (values,) in rows), key=sorted)


# I1: kinds and normalisation


def test_i1_emails_are_trimmed_and_lower_cased_and_nothing_else(lab: Lab) -> None:
    """Gmail's dots and plus tags are kept: they are told as different addresses."""
    lab.people(
        {"email": "Jane@Example.com", "user_id": "u1"},
        {"email": " jane@example.com\t", "user_id": "u2"},
        {"email": "\u00a0JANE@EXAMPLE.COM\u200b", "user_id": "u3"},
        {"email": "j.ane@gmail.com"},
        {"email": "jane@gmail.com"},
        {"email": "jane+shop@gmail.com"},
        {"email": "not an email", "user_id": "u4"},
        {"email": "@nobody", "user_id": "u5"},
    )
    lab.rebuild()
    assert people(lab) == [
        {"j.ane@gmail.com"},
        {"jane+shop@gmail.com"},
        {"jane@example.com", "u1", "u2", "u3"},
        {"jane@gmail.com"},
        {"u4"},
        {"u5"},
    ]


@pytest.mark.parametrize(
    ("region", "written", "e164"),
    [
        ("US", ["(415) 555-2671", "415.555.2671", "+1 415 555 2671", "1-415-555-2671"], "+14155552671"),
        ("US", ["415 555 2671 ext. 89", "415 555 2671 x89", "tel:+1-415-555-2671"], "+14155552671"),
        ("ES", ["612 34 56 77", "612-345-677", "+34 612 345 677", "0034612345677"], "+34612345677"),
        ("MX", ["55 1234 5677", "(55) 1234-5677", "+52 55 1234 5677"], "+525512345677"),
    ],
)
def test_i1_phones_are_e164_with_the_profiles_region(
    make_lab: Callable[..., Lab], region: str, written: list[str], e164: str
) -> None:
    lab = make_lab(phone_region=region)
    lab.people(*({"phone": phone, "user_id": f"u{number}"} for number, phone in enumerate(written)))
    lab.rebuild()
    assert people(lab) == [{e164, *(f"u{number}" for number in range(len(written)))}]


def test_i1_what_is_no_phone_number_is_no_identifier(lab: Lab) -> None:
    invalid = ["call me", "12345", "000000", "+", "n/a"]
    lab.people(*({"phone": phone, "user_id": f"u{number}"} for number, phone in enumerate(invalid)))
    lab.rebuild()
    assert lab.rows("select distinct kind from identifiers") == [("user_id",)]
    assert len(people(lab)) == len(invalid)


def test_i1_names_never_match_anybody(lab: Lab) -> None:
    name = {"first_name": "John", "last_name": "Smith"}
    lab.people({"email": "a@x.example", **name}, {"email": "b@x.example", **name}, {"phone": "+14155552671", **name})
    lab.rebuild()
    assert people(lab) == [{"+14155552671"}, {"a@x.example"}, {"b@x.example"}]


def test_i1_a_user_id_written_as_an_email_is_that_email(lab: Lab) -> None:
    """Unless the record gives another email: then it is an id like any other."""
    lab.people({"user_id": "Ann@x.example"}, {"email": "ann@x.example"})
    lab.people({"user_id": "login@x.example", "email": "billing@x.example"})
    lab.rebuild()
    assert people(lab) == [{"Ann@x.example", "ann@x.example"}, {"billing@x.example", "login@x.example"}]


# I2: emails, then weak identifiers


def test_i2_everything_seen_with_one_email_is_one_person(lab: Lab) -> None:
    lab.people(*({"email": "a@x.example", "phone": phone} for phone in US_PHONES[:3]), {"phone": US_PHONES[1]})
    lab.people(
        {"email": "a@x.example", "stripe_customer_id": "cus_1"},
        {"email": "a@x.example", "stripe_customer_id": "cus_2", "ghl_contact_id": "g1"},
        {"shopify_customer_id": "s1", "email": "A@x.example"},
        {"mercadopago_payer_id": "m1", "email": "a@x.example"},
    )
    lab.rebuild()
    assert people(lab) == [{"a@x.example", *US_PHONES[:3], "cus_1", "cus_2", "g1", "s1", "m1"}]
    assert not conflicts(lab)


def test_i2_people_file_joins_what_was_known_by_phone_only_and_by_email_only(lab: Lab) -> None:
    lab.events(*visit("d1", "10:00", phone=US_PHONES[0]), *visit("d2", "11:00", email="a@x.example"))
    lab.conversions(payment("p1", stripe_customer_id="cus_1"))
    lab.rebuild()
    assert len(people(lab)) == 3
    lab.people({"email": "a@x.example", "phone": US_PHONES[0], "stripe_customer_id": "cus_1"})
    lab.rebuild()
    assert owners(lab, "d1") == owners(lab, "d2") == ["a@x.example"]
    assert person_of_payment(lab, "p1") == lab.person_of("email", "a@x.example")


def test_i2_a_weak_identifier_of_two_emails_joins_neither_and_is_listed(lab: Lab) -> None:
    """Nor does anything else through it."""
    phone = US_PHONES[0]
    lab.people(
        {"email": "a@x.example", "phone": phone},
        {"email": "b@x.example", "phone": phone},
        {"phone": phone, "stripe_customer_id": "cus_1"},
    )
    lab.conversions(payment("by phone", phone=phone), payment("by both", phone=phone, email="b@x.example"))
    lab.rebuild()
    assert people(lab) == [{phone}, {"a@x.example"}, {"b@x.example"}, {"cus_1"}]
    assert person_of_payment(lab, "by phone") == lab.person_of("phone", phone)
    assert person_of_payment(lab, "by both") == lab.person_of("email", "b@x.example")
    assert conflicts(lab) == {
        ("two_emails", "phone", phone, "email", "a@x.example"),
        ("two_emails", "phone", phone, "email", "b@x.example"),
        ("two_emails", "phone", phone, "stripe_customer_id", "cus_1"),
    }


def test_i2_a_record_without_an_email_is_of_whoever_of_its_identifiers_has_one(lab: Lab) -> None:
    """The phone is the stronger kind, but it is two people's; the user id is one's."""
    phone = US_PHONES[0]
    lab.people(
        {"email": "a@x.example", "phone": phone, "user_id": "u1"},
        {"email": "b@x.example", "phone": phone},
    )
    lab.conversions(payment("p1", phone=phone, person="u1"))
    lab.rebuild()
    assert person_of_payment(lab, "p1") == lab.person_of("email", "a@x.example")


def test_i2_a_chain_between_two_emails_is_cut_and_what_hangs_off_it_stays(lab: Lab) -> None:
    """a - phone - user id - provider id - b: every weak-to-weak link goes; the contact seen with the phone stays."""
    phone = US_PHONES[0]
    lab.people(
        {"email": "a@x.example", "phone": phone},
        {"phone": phone, "user_id": "u1"},
        {"user_id": "u1", "stripe_customer_id": "cus_1"},
        {"email": "b@x.example", "stripe_customer_id": "cus_1"},
        {"phone": phone, "ghl_contact_id": "g1"},
    )
    lab.rebuild()
    assert people(lab) == [{phone, "a@x.example", "g1"}, {"b@x.example", "cus_1"}, {"u1"}]
    assert conflicts(lab) == {
        ("chain", "phone", phone, "user_id", "u1"),
        ("chain", "user_id", "u1", "stripe_customer_id", "cus_1"),
    }


def test_i2_one_record_may_be_the_whole_chain(lab: Lab) -> None:
    """Three ids in one record, two of them of different people: the third is between them, not one's."""
    phone = US_PHONES[0]
    lab.people(
        {"email": "a@x.example", "phone": phone},
        {"email": "b@x.example", "user_id": "u1"},
        {"phone": phone, "user_id": "u1", "stripe_customer_id": "cus_1"},
    )
    lab.rebuild()
    assert people(lab) == [{phone, "a@x.example"}, {"b@x.example", "u1"}, {"cus_1"}]
    assert len(conflicts(lab)) == 3


def test_i2_a_chain_with_both_ends_at_one_email_is_fine(lab: Lab) -> None:
    phone = US_PHONES[0]
    lab.people(
        {"email": "a@x.example", "phone": phone},
        {"phone": phone, "user_id": "u1"},
        {"user_id": "u1", "stripe_customer_id": "cus_1"},
        {"email": "a@x.example", "stripe_customer_id": "cus_1"},
    )
    lab.rebuild()
    assert people(lab) == [{phone, "a@x.example", "u1", "cus_1"}]
    assert not conflicts(lab)


def test_i2_emails_come_first_then_weak_identifiers(lab: Lab) -> None:
    """The phone joins the email it was seen with, though it was seen with the other's user id before."""
    phone = US_PHONES[0]
    lab.people(
        {"phone": phone, "user_id": "u1", "time": "2026-01-01T00:00:00Z"},
        {"email": "a@x.example", "phone": phone, "time": "2026-02-01T00:00:00Z"},
        {"email": "b@x.example", "user_id": "u1", "time": "2026-03-01T00:00:00Z"},
    )
    lab.rebuild()
    assert people(lab) == [{phone, "a@x.example"}, {"b@x.example", "u1"}]


# I2: quarantine


def test_i2_a_phone_or_id_of_more_than_ten_people_joins_nobody(lab: Lab) -> None:
    ten, eleven = US_PHONES[:2]
    lab.people(
        *({"email": f"a{number}@x.example", "phone": ten} for number in range(10)),
        *({"email": f"b{number}@x.example", "phone": eleven, "user_id": "clerk"} for number in range(11)),
        {"phone": eleven, "stripe_customer_id": "cus_1"},
    )
    lab.conversions(payment("ten", phone=ten), payment("eleven", phone=eleven), payment("clerk", person="clerk"))
    lab.rebuild()
    assert lab.person_of("phone", ten) is not None
    assert person_of_payment(lab, "ten") == lab.person_of("phone", ten)
    assert lab.person_of("phone", eleven) is None
    assert person_of_payment(lab, "eleven") is None
    assert person_of_payment(lab, "clerk") is None
    assert {found for found in conflicts(lab) if found[0] == "too_many_people"} == {
        ("too_many_people", "phone", eleven, None, None),
        ("too_many_people", "user_id", "clerk", None, None),
    }
    quarantined = lab.rows("select value from identifiers where is_quarantined order by 1")
    assert quarantined == [(eleven,), ("clerk",)]


def test_i2_people_are_told_apart_by_email_phone_or_user_id_but_not_by_provider_ids(lab: Lab) -> None:
    """One person has many customers of a shop; and one told now by email, now by user id, is one."""
    busy, family, hotline = US_PHONES[90:93]
    lab.people(
        *({"phone": busy, "stripe_customer_id": f"cus_{number}"} for number in range(30)),
        *({"phone": family, "email": f"f{number}@x.example"} for number in range(6)),
        *({"email": f"f{number}@x.example", "user_id": f"f{number}"} for number in range(6)),
        *({"phone": family, "user_id": f"f{number}"} for number in range(6)),
        *({"phone": hotline, "user_id": f"h{number}"} for number in range(11)),
        *({"phone": phone, "ghl_contact_id": "desk"} for phone in US_PHONES[:11]),
    )
    lab.rebuild()
    assert lab.rows("select value from identifiers where is_quarantined order by 1") == [(hotline,), ("desk",)]


def test_i2_an_email_of_more_than_twenty_devices_or_phones_joins_nobody(lab: Lab) -> None:
    def devices(email: str, number: int) -> list[Record]:
        return [identify(f"{email} {n}", "10:00", email=email) for n in range(number)]

    lab.events(*devices("d20@x.example", 20), *devices("d21@x.example", 21))
    lab.people(*({"email": "p20@x.example", "phone": phone} for phone in US_PHONES[:20]))
    lab.people(*({"email": "p21@x.example", "phone": phone} for phone in US_PHONES[20:41]))
    lab.conversions(payment("20", email="d20@x.example"), payment("21", email="d21@x.example"))
    lab.rebuild()
    assert lab.rows("select value from identifiers where is_quarantined order by 1") == [
        ("d21@x.example",),
        ("p21@x.example",),
    ]
    assert person_of_payment(lab, "20") == lab.person_of("email", "d20@x.example")
    assert person_of_payment(lab, "21") is None
    assert lab.person_of("anonymous_id", "d21@x.example 0") is None  # it has no visit either
    assert len({lab.person_of("phone", phone) for phone in US_PHONES[20:41]}) == 21
    assert {found[0] for found in conflicts(lab)} == {"too_many_devices"}


def test_i2_placeholders_join_nobody(lab: Lab) -> None:
    lab.people(
        {"email": "test@test.com", "user_id": "u1"},
        {"email": "Test@Test.com", "user_id": "u2"},
        {"phone": "555 555 5555", "user_id": "u3"},
        {"phone": "+1 (555) 555-5555", "user_id": "u4"},
        {"user_id": "undefined", "phone": US_PHONES[0]},
        {"user_id": "N/A", "phone": US_PHONES[1]},
    )
    lab.conversions(payment("p1", email="test@test.com"))
    lab.events(
        view("undefined", "09:00"),
        identify("undefined", "09:01", email="a@x.example"),
        identify("undefined", "09:02", phone=US_PHONES[2]),
        {"event_type": "purchase", "event_time": "2026-05-04T09:03:00Z", "anonymous_id": "undefined", "event_id": "o1"},
    )
    lab.rebuild()
    assert people(lab) == sorted(
        [{"u1"}, {"u2"}, {"u3"}, {"u4"}, *({phone} for phone in US_PHONES[:3]), {"a@x.example"}], key=sorted
    )
    assert person_of_payment(lab, "p1") is None
    assert lab.value("select person_id from conversions where goal = 'order_placed'") is None
    assert owners(lab, "undefined") == [None]
    assert {found[:3] for found in conflicts(lab)} == {
        ("placeholder", "email", "test@test.com"),
        ("placeholder", "phone", "+15555555555"),
        ("placeholder", "user_id", "undefined"),
        ("placeholder", "user_id", "N/A"),
        ("placeholder", "anonymous_id", "undefined"),
    }


def test_i2_a_numbers_own_digits_decide_not_its_country(make_lab: Callable[..., Lab]) -> None:
    """+34 123 456 789 is the placeholder 123456789; +34 612 345 678 only ends like one."""
    lab = make_lab(phone_region="ES")
    lab.people({"phone": "123456789", "user_id": "u1"}, {"phone": "612345678", "user_id": "u2"})
    lab.rebuild()
    assert lab.rows("select value from identifiers where is_quarantined") == [("+34123456789",)]


# I3: devices


def test_i3_identifying_links_the_earlier_visits_of_the_device(lab: Lab) -> None:
    lab.events(view("d1", "10:00", 1), view("d1", "10:00", 2), *visit("d1", "10:00", 3, email="a@x.example"))
    lab.events(view("d1", "10:00", 9), view("other", "10:00", 9))
    lab.conversions(payment("p1", email="a@x.example"), payment("p2", anonymous_id="d1"))
    lab.rebuild()
    assert owners(lab, "d1") == ["a@x.example"] * 4
    assert owners(lab, "other") == [None]
    assert person_of_payment(lab, "p1") == person_of_payment(lab, "p2") == lab.person_of("email", "a@x.example")
    assert lab.person_of("anonymous_id", "d1") == lab.person_of("email", "a@x.example")


def test_i3_a_shared_device_changes_hands_with_the_visit_in_which_someone_else_identifies(lab: Lab) -> None:
    lab.events(
        view("d1", "10:00", 1),
        *visit("d1", "10:00", 2, email="a@x.example"),
        view("d1", "10:00", 3),
        *visit("d1", "10:00", 4, email="b@x.example"),
        view("d1", "10:00", 5),
        *visit("d1", "10:00", 6, email="a@x.example"),
    )
    before, after = {"anonymous_id": "d1", "day": 3}, {"anonymous_id": "d1", "day": 5}
    lab.conversions(payment("p3", **before), payment("p5", **after), payment("p9", anonymous_id="d1", day=9))
    lab.rebuild()
    assert owners(lab, "d1") == [f"{who}@x.example" for who in "aaabba"]
    a, b = (lab.person_of("email", f"{who}@x.example") for who in "ab")
    assert [person_of_payment(lab, name) for name in ("p3", "p5", "p9")] == [a, b, a]
    assert lab.person_of("anonymous_id", "d1") == a


def test_i3_two_people_in_one_visit(lab: Lab) -> None:
    """The visit is the last one's; what was before the first identify is the first one's."""
    lab.events(
        view("d1", "10:00", 1),
        view("d1", "10:00", 2),
        identify("d1", "10:05", 2, email="a@x.example"),
        identify("d1", "10:10", 2, email="b@x.example"),
        view("d1", "10:00", 3),
    )
    lab.rebuild()
    assert owners(lab, "d1") == ["a@x.example", "b@x.example", "b@x.example"]


def test_i3_of_two_visits_at_once_the_one_in_which_somebody_identified_changes_hands(lab: Lab) -> None:
    """Two browser windows: the identify belongs to the session that sent it, though the other began later."""
    lab.events(
        {**view("d1", "09:00", 1), "session_id": "s0"},
        {**identify("d1", "09:01", 1, email="a@x.example"), "session_id": "s0"},
        {**view("d1", "10:00"), "session_id": "s1"},
        {**view("d1", "10:05"), "session_id": "s2"},
        {**identify("d1", "10:10", email="b@x.example"), "session_id": "s1"},
    )
    lab.rebuild()
    assert owners(lab, "d1") == ["a@x.example", "b@x.example", "b@x.example"]


def test_i3_identifying_without_an_email_enriches_the_owner(lab: Lab) -> None:
    lab.events(*visit("d1", "10:00", 1, email="a@x.example"), *visit("d1", "10:00", 2, phone=US_PHONES[0]))
    lab.conversions(payment("p1", phone=US_PHONES[0]))
    lab.rebuild()
    assert people(lab) == [{US_PHONES[0], "a@x.example"}]
    assert owners(lab, "d1") == ["a@x.example"] * 2
    assert person_of_payment(lab, "p1") == lab.person_of("email", "a@x.example")


def test_i3_unless_the_identifier_is_somebody_elses_who_has_an_email(lab: Lab) -> None:
    lab.people({"email": "b@x.example", "phone": US_PHONES[0]})
    lab.events(*visit("d1", "10:00", 1, email="a@x.example"), *visit("d1", "10:00", 2, phone=US_PHONES[0]))
    lab.rebuild()
    assert people(lab) == [{US_PHONES[0], "b@x.example"}, {"a@x.example"}]
    assert owners(lab, "d1") == ["a@x.example", "b@x.example"]


def test_i3_a_phone_before_the_first_email_on_the_device_is_that_emails(lab: Lab) -> None:
    lab.events(*visit("d1", "10:00", 1, phone=US_PHONES[0]), *visit("d1", "10:00", 2, email="a@x.example"))
    lab.rebuild()
    assert people(lab) == [{US_PHONES[0], "a@x.example"}]
    assert owners(lab, "d1") == ["a@x.example"] * 2


def test_i3_a_phone_given_first_in_the_visit_of_a_new_owner_is_the_new_owners(lab: Lab) -> None:
    """A form that asks for the phone on its first page and for the email on its second."""
    lab.events(
        *visit("d1", "10:00", 1, email="a@x.example"),
        *visit("d1", "10:00", 2, phone=US_PHONES[0]),
        identify("d1", "10:02", 2, email="b@x.example"),
    )
    lab.rebuild()
    assert people(lab) == [{US_PHONES[0], "b@x.example"}, {"a@x.example"}]
    assert owners(lab, "d1") == ["a@x.example", "b@x.example"]


def test_i3_on_a_device_without_an_email_the_second_identify_enriches_the_first(lab: Lab) -> None:
    lab.events(*visit("d1", "10:00", 1, phone=US_PHONES[0]), *visit("d1", "10:00", 2, user_id="u1"))
    lab.rebuild()
    assert people(lab) == [{US_PHONES[0], "u1"}]
    lab.people({"email": "a@x.example", "user_id": "u1"})
    lab.rebuild()
    assert owners(lab, "d1") == ["a@x.example"] * 2


def test_i3_a_phone_named_on_the_devices_of_two_people_is_neithers(lab: Lab) -> None:
    """A couple shares a phone number: each keeps the own laptop."""
    lab.events(
        *(record for who in "ab" for record in visit(f"of {who}", "10:00", 1, email=f"{who}@x.example")),
        *(record for who in "ab" for record in visit(f"of {who}", "10:00", 2, phone=US_PHONES[0])),
        *visit("tablet", "10:00", 3, phone=US_PHONES[0]),
    )
    lab.rebuild()
    assert people(lab) == [{US_PHONES[0]}, {"a@x.example"}, {"b@x.example"}]
    assert owners(lab, "of a") == ["a@x.example"] * 2
    assert owners(lab, "of b") == ["b@x.example"] * 2
    assert owners(lab, "tablet") == [US_PHONES[0]]
    assert conflicts(lab) == {("device", "phone", US_PHONES[0], "email", f"{who}@x.example") for who in "ab"}


def test_i3_on_a_device_of_more_than_ten_people_nobody_is_taken_for_another(lab: Lab) -> None:
    """A kiosk: whoever identifies there has the visit, but a lone phone number is not the last customer's."""
    lab.events(
        *(record for day in range(1, 11) for record in visit("kiosk", "10:00", day, email=f"k{day}@x.example")),
        *visit("kiosk", "10:00", 11, phone=US_PHONES[0]),
        view("kiosk", "10:00", 12),
    )
    lab.rebuild()
    assert lab.person_of("phone", US_PHONES[0]) != lab.person_of("email", "k10@x.example")
    assert owners(lab, "kiosk") == [*(f"k{day}@x.example" for day in range(1, 11)), US_PHONES[0], US_PHONES[0]]
    assert conflicts(lab) == {("too_many_people", "anonymous_id", "kiosk", None, None)}


def test_i3_own_identifiers_beat_the_device(lab: Lab) -> None:
    """A purchase in a visit, with another person's email: the purchase is theirs, and so is the visit."""
    lab.events(*visit("d1", "10:00", 1, email="a@x.example"))
    lab.conversions(
        payment("own", anonymous_id="d1", email="b@x.example", day=2),
        payment("device", anonymous_id="d1", day=1),
        payment("unknown", anonymous_id="never seen"),
    )
    lab.rebuild()
    assert person_of_payment(lab, "own") == lab.person_of("email", "b@x.example")
    assert person_of_payment(lab, "device") == lab.person_of("email", "a@x.example")
    assert person_of_payment(lab, "unknown") == lab.person_of("anonymous_id", "never seen") is not None


def test_i3_a_payment_known_by_customer_id_only(lab: Lab) -> None:
    lab.events(*visit("d1", "10:00", 1, email="a@x.example"))
    lab.conversions(
        payment("first", email="a@x.example", stripe_customer_id="cus_1"),
        payment("second", stripe_customer_id="cus_1"),
        payment("stranger", stripe_customer_id="cus_2"),
    )
    lab.rebuild()
    a = lab.person_of("email", "a@x.example")
    assert [person_of_payment(lab, name) for name in ("first", "second")] == [a, a]
    assert person_of_payment(lab, "stranger") == lab.person_of("stripe_customer_id", "cus_2") != a


def test_i3_a_bot_identifies_nobody_but_a_servers_program_does(lab: Lab) -> None:
    bot = {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
    lab.events(
        view("d1", "10:00"),
        {**identify("d1", "10:01", email="bot@x.example"), **bot},
        {**identify(None, "10:02", email="server@x.example", phone=US_PHONES[0]), **bot},
    )
    lab.rebuild()
    assert owners(lab, "d1") == [None]
    assert people(lab) == [{US_PHONES[0], "server@x.example"}]


# I4: ids and names


def alias(lab: Lab, kind: str, value: str) -> str:
    return lab.value(f"select alias_id::varchar from identifiers where kind = '{kind}' and value = '{value}'")


def test_i4_the_id_comes_from_the_earliest_of_the_strongest_kind(lab: Lab) -> None:
    old, new = US_PHONES[1], US_PHONES[0]
    lab.people(
        {"phone": new, "user_id": "u1", "time": "2026-03-01T00:00:00Z"},
        {"phone": old, "user_id": "u1", "time": "2026-02-01T00:00:00Z"},
        {"user_id": "u1", "time": "2026-01-01T00:00:00Z"},
    )
    lab.rebuild()
    assert lab.person_of("user_id", "u1") == alias(lab, "phone", old)
    lab.people({"phone": new, "user_id": "u1", "time": "2026-01-15T00:00:00Z"})
    lab.rebuild()
    assert lab.person_of("user_id", "u1") == alias(lab, "phone", new)


def test_i4_ids_ever_given_stay_resolvable_through_aliases(lab: Lab) -> None:
    """A visitor, then known by phone, then by email; then the phone turns out to be two people's."""

    def resolved(person: str) -> str:
        return lab.value(f"select person_id::varchar from identifiers where alias_id = '{person}'")

    lab.events(view("d1", "10:00", 1))
    lab.rebuild()
    visitor = lab.value("select person_id::varchar from people")
    lab.events(*visit("d1", "10:00", 2, phone=US_PHONES[0]))
    lab.rebuild()
    by_phone = lab.person_of("phone", US_PHONES[0])
    assert resolved(visitor) == by_phone != visitor
    lab.events(*visit("d1", "10:00", 3, email="a@x.example"))
    lab.rebuild()
    a = lab.person_of("email", "a@x.example")
    assert resolved(visitor) == resolved(by_phone) == a != by_phone
    lab.people({"email": "a@x.example", "phone": US_PHONES[0]}, {"email": "b@x.example", "phone": US_PHONES[0]})
    lab.rebuild()
    assert resolved(visitor) == a
    assert resolved(by_phone) == by_phone  # a person of its own again
    assert lab.value(f"select count(*) from people where person_id = '{by_phone}'") == 1


def test_i4_filling_never_overwrites(lab: Lab) -> None:
    lab.people({"email": "a@x.example", "first_name": "Undated", "last_name": "Undated"})
    lab.events(
        identify(None, "10:00", 3, email="a@x.example", first_name="Third", last_name="Third"),
        identify(None, "10:00", 1, email="a@x.example", first_name="First"),
        identify(None, "10:00", 2, phone=US_PHONES[0], email="a@x.example", last_name="Second"),
        identify(None, "10:00", 4, phone=US_PHONES[1], email="a@x.example"),
    )
    lab.rebuild()
    assert lab.rows("select first_name, last_name, email, phone from people") == [
        ("First", "Second", "a@x.example", US_PHONES[0])
    ]


def test_i4_a_person_is_seen_from_the_first_to_the_last_record(lab: Lab) -> None:
    lab.events(identify(None, "10:00", 1, email="a@x.example"), *visit("d1", "10:00", 3, email="a@x.example"))
    lab.events(identify(None, "10:00", 9, email="a@x.example"))
    lab.rebuild()
    assert lab.rows("select first_seen_at::varchar, last_seen_at::varchar from people") == [
        ("2026-05-01 10:00:00", "2026-05-09 10:00:00")
    ]


def test_i6_unidentified_visitors_have_a_name_that_stays(lab: Lab) -> None:
    lab.events(view("d1", "10:00", 1), view("d2", "10:00", 1))
    lab.rebuild()
    names = dict(lab.rows("select distinct v.anonymous_id, p.label from visits v join people p using (person_id)"))
    assert all(len(name.split(" ")) == 2 for name in names.values())
    lab.events(view("d1", "10:00", 2), view("d3", "08:00", 1), *visit("d2", "10:00", 5, email="a@x.example"))
    lab.rebuild()
    later = dict(lab.rows("select distinct v.anonymous_id, p.label from visits v join people p using (person_id)"))
    assert later["d1"] == names["d1"]
    assert later["d2"] is None
    assert later["d3"] is not None


# I5: the user's decisions


@pytest.fixture
def couple(lab: Lab) -> Lab:
    """Two people with an email, a device and a payment each; a knows the phone, b the customer id."""
    lab.events(*visit("of a", "10:00", 1, email="a@x.example"), *visit("of b", "10:00", 2, email="b@x.example"))
    lab.people({"email": "a@x.example", "phone": US_PHONES[0]}, {"email": "b@x.example", "stripe_customer_id": "cus_1"})
    lab.conversions(payment("by phone", phone=US_PHONES[0]), payment("by customer", stripe_customer_id="cus_1"))
    return lab.rebuild()


A, B = ("email", "a@x.example"), ("email", "b@x.example")


def test_i5_a_merge_joins_two_emails_and_undo_takes_it_back(couple: Lab) -> None:
    separate = people(couple)
    decision = couple.profile.merge_people(A, B)
    couple.rebuild()
    assert people(couple) == [{"a@x.example", "b@x.example", US_PHONES[0], "cus_1"}]
    assert couple.person_of(*B) == couple.person_of(*A) == alias(couple, *A)  # a was seen first
    assert owners(couple, "of b") == ["a@x.example"]
    assert person_of_payment(couple, "by customer") == couple.person_of(*A)
    couple.profile.undo_decision(decision)
    couple.rebuild()
    assert people(couple) == separate


def test_i5_a_split_isolates_and_undo_takes_it_back(couple: Lab) -> None:
    together = people(couple)
    phone = ("phone", US_PHONES[0])
    decision = couple.profile.split_person(phone)
    couple.rebuild()
    assert people(couple) == [{US_PHONES[0]}, {"a@x.example"}, {"b@x.example", "cus_1"}]
    assert person_of_payment(couple, "by phone") == couple.person_of(*phone) != couple.person_of(*A)
    assert ("split", *phone, None, None) in conflicts(couple)
    couple.profile.undo_decision(decision)
    couple.rebuild()
    assert people(couple) == together


def test_i5_what_was_split_owns_devices_but_is_joined_by_none(lab: Lab) -> None:
    """A phone that is not the owner's after all: its visits are its own, and it is not enriched there."""
    lab.events(
        *visit("d1", "10:00", 1, email="a@x.example"),
        *visit("d1", "10:00", 2, phone=US_PHONES[0]),
        *visit("d1", "10:00", 3, user_id="u1"),
    )
    lab.rebuild()
    assert owners(lab, "d1") == ["a@x.example"] * 3
    lab.profile.split_person(("phone", US_PHONES[0]))
    lab.rebuild()
    assert people(lab) == [{US_PHONES[0]}, {"a@x.example"}, {"u1"}]
    assert owners(lab, "d1") == ["a@x.example", US_PHONES[0], "u1"]


def test_i5_unknown_visitors_can_be_merged_and_split_too(couple: Lab) -> None:
    couple.events(view("x", "10:00", 5), view("y", "10:00", 6), view("z", "10:00", 6))
    couple.conversions(payment("on x", anonymous_id="x"))
    couple.rebuild()
    couple.profile.merge_people(("anonymous_id", "x"), A)
    couple.profile.merge_people(("anonymous_id", "y"), ("anonymous_id", "z"))
    couple.profile.split_person(("anonymous_id", "of b"))
    couple.rebuild()
    assert owners(couple, "x") == ["a@x.example"]
    assert person_of_payment(couple, "on x") == couple.person_of(*A) == couple.person_of("anonymous_id", "x")
    assert couple.person_of("anonymous_id", "y") == couple.person_of("anonymous_id", "z")
    assert owners(couple, "y") == owners(couple, "z") == owners(couple, "of b") == [None]
    unknown = "select count(*) from people where not is_identified and label is not null"
    assert couple.value(unknown) == 2  # y with z, and b's old device
    # somebody identifies on x later: from that visit on it is theirs
    couple.events(*visit("x", "10:00", 8, email="c@x.example"))
    couple.rebuild()
    assert owners(couple, "x") == ["a@x.example", "c@x.example"]
    assert couple.person_of("email", "c@x.example") != couple.person_of(*A)


def test_i5_decisions_survive_rebuild_import_and_undo_of_an_import(couple: Lab) -> None:
    couple.profile.merge_people(A, B)
    couple.profile.split_person(("stripe_customer_id", "cus_1"))
    couple.rebuild()
    decided = people(couple)
    assert decided == [{US_PHONES[0], "a@x.example", "b@x.example"}, {"cus_1"}]
    couple.rebuild()
    assert people(couple) == decided
    again = couple.people({"email": "b@x.example", "stripe_customer_id": "cus_1"})
    assert again.new == 0
    more = couple.people({"email": "b@x.example", "stripe_customer_id": "cus_1", "user_id": "u1"})
    couple.rebuild()
    assert people(couple) == [{US_PHONES[0], "a@x.example", "b@x.example", "u1"}, {"cus_1"}]
    couple.workspace.undo_import(more.import_id)
    couple.workspace.undo_import(again.import_id)
    couple.rebuild()
    assert people(couple) == decided


def test_i5_a_decision_waits_for_what_an_undone_import_took_away(lab: Lab) -> None:
    lab.people({"email": "a@x.example"})
    rows = {"email": "b@x.example", "phone": US_PHONES[0]}
    brought = lab.people(rows)
    lab.rebuild()
    lab.profile.merge_people(A, B)
    lab.workspace.undo_import(brought.import_id)
    lab.rebuild()
    assert people(lab) == [{"a@x.example"}]
    lab.people(rows)
    lab.rebuild()
    assert people(lab) == [{US_PHONES[0], "a@x.example", "b@x.example"}]


def test_i5_decisions_are_in_the_change_log(couple: Lab) -> None:
    merge = couple.profile.merge_people(A, B)
    split = couple.profile.split_person(A)
    couple.profile.undo_decision(merge)
    logged = [
        (action, json.loads(details))
        for action, details in couple.rows(
            "select action, details from change_log where action ~ '.*(people|identity).*' order by change_id"
        )
    ]
    assert logged == [
        ("people merge", {"left": [*A], "right": [*B], "decision_id": merge}),
        ("people split", {"left": [*A], "right": None, "decision_id": split}),
        ("identity decision undone", {"decision_id": merge}),
    ]
    assert couple.value("select is_stale from profiles")

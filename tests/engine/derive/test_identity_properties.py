"""Who is one person depends only on the set of records (I4), and what holds of people whatever the records (I2, I5).

An example is a handful of small worlds side by side in one profile: each with identifiers of its own, so that they
cannot meet, few enough that within a world they do.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.derive import people

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from engine import Profile
    from tests.conftest import Lab

Record = tuple[str, dict[str, Any]]  # kind of file, row
START = datetime(2026, 5, 4, 8, tzinfo=UTC)

some = st.one_of(st.none(), st.integers(0, 2))
sightings = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["view", "identify", "identify", "payment", "order", "people", "touch"]),
            "minutes": st.sampled_from([0, 0, 3, 20, 100, 100, 1500]),
            "email": some,
            "phone": some,
            "user_id": st.one_of(st.none(), st.integers(0, 1)),
            "stripe_customer_id": st.one_of(st.none(), st.none(), st.integers(0, 1)),
            "anonymous_id": st.one_of(st.none(), st.integers(0, 1)),
            "first_name": st.sampled_from([None, "Ann", "Bea"]),
        }
    ),
    max_size=8,
)
worlds = st.lists(sightings, min_size=12, max_size=16)


def records(world: int, drawn: Sequence[dict[str, Any]]) -> list[Record]:
    """The rows of one world."""
    rows: list[Record] = []
    for number, sighting in enumerate(drawn):
        ours = {name: value for name, value in sighting.items() if value is not None}
        kind = ours.pop("kind")
        time = (START + timedelta(minutes=ours.pop("minutes"))).isoformat()
        known = {
            "email": lambda i: f"w{world}e{i}@x.example",
            "phone": lambda i: f"+1415{world:03}{i:04}",
            "user_id": lambda i: f"w{world}u{i}",
            "stripe_customer_id": lambda i: f"w{world}c{i}",
            "anonymous_id": lambda i: f"w{world}d{i}",
            "first_name": str,
        }
        row = {name: known[name](value) for name, value in ours.items()}
        key = f"w{world}r{number}"
        if kind in {"view", "identify", "order"}:
            row.pop("stripe_customer_id", None)
            if kind == "view":
                row = {"anonymous_id": row.get("anonymous_id", f"w{world}d0"), "url": "https://shop.example/"}
            event_type = {"view": "page_view", "identify": "identify", "order": "purchase"}[kind]
            row |= {"event_id": key, "event_type": event_type, "event_time": time}
            if not row.keys() & {"anonymous_id", "email", "phone", "user_id"}:
                continue
            rows.append(("events", row))
        elif kind == "payment":
            if "user_id" in row:
                row["person"] = row.pop("user_id")
            row |= {"conversion_id": key, "time": time, "event_type": "payment_received", "value_amount": "10"}
            rows.append(("conversions", row))
        elif kind == "touch":
            told = {"email": row.get("email"), "anonymous_id": row.get("anonymous_id"), "person": row.get("user_id")}
            if any(told.values()):
                rows.append(("touches", told | {"time": time, "channel": "Email"}))
        elif row.keys() - {"first_name"}:
            rows.append(("people", row | ({"time": time} if number % 2 else {})))
    return rows


def load(lab: Lab, profile: Profile, rows: Sequence[Record]) -> None:
    lab.profile = profile
    for kind in dict.fromkeys(kind for kind, _ in rows):
        lab.load(kind, [row for of, row in rows if of == kind])


QUESTIONS = {
    "people": "select * exclude (profile_id) from people where profile_id = {}",
    "identifiers": "select * exclude (profile_id) from identifiers where profile_id = {}",
    "conflicts": "select * exclude (profile_id) from identity_conflicts where profile_id = {}",
    "visits": "select visit_id, person_id from visits where profile_id = {}",
    "conversions": "select conversion_id, person_id from conversions where profile_id = {}",
    "touches": "select touch_id, person_id from touches where profile_id = {}",
}


def answers(lab: Lab, profile: Profile) -> dict[str, list[tuple[Any, ...]]]:
    """Everything identity decides, as sorted rows."""
    profile.rebuild()
    return {name: sorted(lab.rows(sql.format(profile.profile_id)), key=repr) for name, sql in QUESTIONS.items()}


def emails_by_person(lab: Lab, profile: Profile) -> list[set[str]]:
    return [
        set(values)
        for (values,) in lab.rows(
            f"""select list(value) from identifiers where profile_id = {profile.profile_id} and kind = 'email'
                and person_id is not null group by person_id"""
        )
    ]


def check_people(lab: Lab, profile: Profile) -> None:
    """What holds of any workspace."""
    of = f"profile_id = {profile.profile_id}"
    nobody = lab.rows(f"select value from identifiers where {of} and is_quarantined and person_id is not null")
    assert not nobody, "a quarantined identifier is nobody's"
    for table in ("identifiers", "visits", "conversions", "touches"):
        strangers = lab.rows(
            f"""select * from {table} where {of} and person_id is not null
                and person_id not in (select person_id from people where {of})"""
        )
        assert not strangers, f"{table} name people who do not exist"
    assert lab.value(f"select count(*) = count(distinct person_id) from people where {of}")
    assert lab.value(f"select count(*) = count(distinct conversion_id) from conversions where {of}")
    assert lab.value(f"select count(*) = count(distinct (kind, value)) from identifiers where {of}")
    assert lab.value(f"select coalesce(bool_and(is_identified = (label is null)), true) from people where {of}")


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # worlds have names: what differs tells where, unshrunk
)
@given(
    drawn=worlds,
    shuffle=st.randoms(use_true_random=False),
    limit=st.sampled_from([2, 10]),
    merges=st.lists(st.tuples(st.integers(0, 15), st.integers(0, 2), st.integers(0, 2)), max_size=4),
)
def test_i4_people_depend_on_the_set_of_records_alone(
    lab: Lab, drawn: list[Any], shuffle: random.Random, limit: int, merges: list[tuple[int, int, int]]
) -> None:
    rows = [record for world, sighted in enumerate(drawn) for record in records(world, sighted)]
    number = lab.value("select count(*) from profiles")
    one, other = (
        lab.workspace.create_profile(replace(lab.profile.settings, name=f"{which} {number}"))
        for which in ("at once", "in parts")
    )
    mixed = [*rows, *shuffle.choices(rows, k=len(rows) // 3)] if rows else []
    shuffle.shuffle(mixed)
    start, middle = sorted(shuffle.choices(range(len(mixed) + 1), k=2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "MAX_PEOPLE", limit)
        patch.setattr(people, "MAX_DEVICES_OR_PHONES", limit)
        load(lab, one, rows)
        expected = answers(lab, one)
        check_people(lab, one)
        assert all(len(emails) == 1 for emails in emails_by_person(lab, one)), "two emails are never one person"

        load(lab, other, mixed[:start])
        load(lab, other, mixed[start:middle])
        answers(lab, other)
        check_people(lab, other)
        early = lab.rows(f"select person_id from people where profile_id = {other.profile_id}")
        load(lab, other, mixed[middle:])
        assert answers(lab, other) == expected

        known = dict(
            lab.rows(
                f"""select alias_id, person_id is not null or is_quarantined from identifiers
                    where profile_id = {other.profile_id}"""
            )
        )
        assert all(known.get(person) for (person,) in early), "an id ever given resolves"

        merged = decide(lab, (one, other), merges)
        assert answers(lab, one) == answers(lab, other)
        check_people(lab, one)
        for emails in emails_by_person(lab, one):
            assert len(emails) == 1 or emails <= merged, "only the user makes two emails one person"


def decide(lab: Lab, profiles: Sequence[Profile], merges: Sequence[tuple[int, int, int]]) -> set[str]:
    """The same merges of two emails in each profile, where those emails occur; returns the emails."""
    merged: set[str] = set()
    of = f"profile_id = {profiles[0].profile_id} and kind = 'email'"
    known = {value for (value,) in lab.rows(f"select value from identifiers where {of}")}
    for world, left, right in merges:
        pair = {f"w{world}e{left}@x.example", f"w{world}e{right}@x.example"}
        if len(pair) == 2 and pair <= known:
            merged |= pair
            for profile in profiles:
                profile.merge_people(*(("email", email) for email in sorted(pair)))
    return merged

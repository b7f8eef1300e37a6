"""What holds for every set of records: neither the order nor the number of imports changes what is derived (E7), cash
ties to what was imported (T2, T3), paths are well formed (A2), and the machine's time zone does not matter (T1)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine import Profile, ProfileSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from random import Random

    from tests.conftest import Lab

Row = dict[str, Any]
World = dict[str, list[Row]]

SHARES = ("decay_share", "engagement_share", "markov_share", "shapley_share")
TABLES = {
    "conversions": "",
    "cash": "",
    "touches": "",
    "touch_origins": "",
    "visit_places": "",
    "visit_landings": "",
    "credit_entries": "",
    "paths": f"replace ({', '.join(f'round({share}, 9) as {share}' for share in SHARES)})",  # sums of floats
    "ad_daily": "",
    "ad_entities": "",
}

PEOPLE = st.integers(0, 3)
CENTS = st.integers(1, 99_999)
CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "BRL"])
HOURS = st.integers(0, 60 * 24)  # since the first of April: two months
TAGS = st.sampled_from(
    [
        "",
        "?utm_source=facebook&utm_medium=cpc&utm_campaign=Spring",
        "?gclid=1&utm_campaign=g1",
        "?utm_source=newsletter",
    ]
)


def moment(hour: int, minute: int = 0) -> str:
    return f"2026-{4 + hour // 720:02}-{1 + hour % 720 // 24:02}T{hour % 24:02}:{minute:02}:00Z"


@st.composite
def worlds(draw: st.DrawFn) -> tuple[World, Counter[str], int]:
    """Records of every kind, with the cash they hold by currency and the number of payments they tell of."""
    world: World = {kind: [] for kind in ("events", "touches", "conversions", "people", "ad-spend", "rates")}
    cash: Counter[str] = Counter()
    for person, hour, tags in draw(st.lists(st.tuples(PEOPLE, HOURS, TAGS), max_size=6)):
        device = {"anonymous_id": f"dev{person}", "event_time": moment(hour)}
        world["events"] += [
            device | {"event_type": "page_view", "url": f"https://shop.example/{tags}"},
            device | {"event_type": "identify", "user_id": f"u{person}", "event_time": moment(hour, 1)},
        ]
    for person, hour, kind in draw(st.lists(st.tuples(PEOPLE, HOURS, st.sampled_from(["visit", "view"])), max_size=6)):
        world["touches"].append({"person": f"u{person}", "time": moment(hour), "channel": "Display", "kind": kind})
    payments = draw(st.lists(st.tuples(PEOPLE, HOURS, CENTS, CURRENCIES, st.integers(0, 15)), max_size=5))
    for number, (person, hour, cents, currency, objects) in enumerate(payments):
        whose = {"email": f"e{person}@mail.example"} if objects % 5 == 4 else {"person": f"u{person}"}
        amount = {"value_amount": str(Decimal(cents) / 100), "currency": currency, "event_type": "payment_received"}
        told = {**whose, **amount, "time": moment(hour), "as_of": moment(hour)}
        payment, order, checkout = f"pi{number}", f"o{number}", f"cs{number}"
        world["conversions"].append(
            told | {"conversion_id": f"charge{number}", "payment_id": payment, "order_id": order}
        )
        if objects & 1:
            world["conversions"].append(told | {"conversion_id": f"intent{number}", "payment_id": payment})
        if objects & 2:
            world["conversions"].append(told | {"conversion_id": f"only order{number}", "order_id": order})
        if objects & 4:
            world["conversions"].append(
                told | {"conversion_id": f"session{number}", "checkout_token": checkout} | {"payment_id": payment}
            )
            world["events"].append(
                amount | {"user_id": f"u{person}", "event_time": moment(hour), "checkout_token": checkout}
            )
        if objects & 8:
            world["conversions"].append(
                told | {"conversion_id": f"order{number}", "order_id": order} | {"event_type": "order_placed"}
            )
        cash[currency] += cents
    refunds = draw(st.lists(st.tuples(st.integers(0, 6), HOURS, CENTS, st.booleans(), st.booleans()), max_size=4))
    for number, (payment, hour, cents, is_negative, by_id) in enumerate(refunds):
        currency = payments[payment][3] if payment < len(payments) else "EUR"
        world["conversions"].append(
            {
                "conversion_id": f"refund{number}",
                "time": moment(hour),
                "event_type": "refund",
                "refund_of": f"pi{payment}" if by_id else f"charge{payment}",
                "value_amount": str(Decimal(-cents if is_negative else cents) / 100),
                "currency": currency,
                "as_of": moment(hour),
            }
        )
        cash[currency] -= cents
    for number, (person, hour, has_ad) in enumerate(
        draw(st.lists(st.tuples(PEOPLE, HOURS, st.booleans()), max_size=5))
    ):
        ad = {"campaign_id": "c1", "ad_id": "a1", "source": "facebook"} if has_ad else {}
        world["conversions"].append(
            {"conversion_id": f"lead{number}", "person": f"u{person}", "time": moment(hour), "as_of": moment(hour)}
            | {"event_type": "lead_created", **ad}
        )
    versions = draw(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3), CENTS), max_size=5))
    for day, version, cents in versions:
        world["ad-spend"].append(
            {"date": f"2026-04-0{day}", "platform": "meta", "account": "1", "campaign_id": "c1", "campaign": "Spring"}
            | {"ad_id": "a1", "spend": str(Decimal(cents) / 100), "currency": "EUR", "as_of": moment(version)}
        )
        world["rates"].append(
            {
                "date": f"2026-04-0{day}",
                "currency": "USD",
                "base": "EUR",
                "rate": 1 + cents / 1e6,
                "as_of": moment(version),
            }
        )
    world["people"] = [
        {"email": f"e{person}@mail.example", "user_id": f"u{person}"} for person in draw(st.sets(PEOPLE, max_size=4))
    ]
    return world, cash, len(payments)


def scattered(world: World, random: Random) -> Iterator[tuple[str, list[Row]]]:
    """The same records as several files in any order, some of them twice."""
    files: list[tuple[str, list[Row]]] = []
    for kind, rows in world.items():
        rest = [*rows, *random.choices(rows, k=2)] if rows else []
        random.shuffle(rest)
        while rest:
            size = random.randint(1 + len(rest) // 2, len(rest))
            files.append((kind, rest[:size]))
            rest = rest[size:]
    random.shuffle(files)
    yield from files


def derived(lab: Lab, profile: Profile) -> dict[str, list[Any]]:
    """Every derived row of a profile, sorted."""
    return {
        table: lab.rows(
            f"select * exclude (profile_id) {rounded} from {table} where profile_id = {profile.profile_id} order by all"
        )
        for table, rounded in TABLES.items()
    }


def check_cash(lab: Lab, profile: Profile, cash: Counter[str], payments: int) -> None:
    """Cash of people and of nobody is what was imported, to the cent, in each currency."""
    rows = lab.rows(
        f"""select currency, sum(amount) filter (person_id is not null), sum(amount) filter (person_id is null)
            from cash where profile_id = {profile.profile_id} group by 1"""
    )
    found = {currency: (known or 0) + (unknown or 0) for currency, known, unknown in rows}
    assert {currency: amount for currency, amount in found.items() if amount} == {
        currency: Decimal(cents) / 100 for currency, cents in cash.items() if cents
    }
    conversions = f"from conversions where profile_id = {profile.profile_id}"
    assert lab.value(f"select count(*) {conversions} and goal = 'payment_received'") == payments
    assert lab.value(f"select count(*) - count(distinct conversion_id) {conversions}") == 0
    assert lab.value(f"select count(*) {conversions} and goal = 'order_placed' and counts_as_outcome") == 0


def check_paths(lab: Lab, profile: Profile) -> None:
    """Positions run from 1 to the count in each window; nobody's touch, no later touch and no older one is there."""
    paths = f"(select * from v_paths where profile = '{profile.settings.name}')"
    for position, count in (("position", "touch_count"), ("first_position", "first_count")):
        assert (
            lab.rows(
                f"""select conversion_id from {paths} group by 1
                having list({position} order by {position}) filter ({position} > 0)
                           is distinct from nullif(range(1, 1 + max({count})), [])
                    or min({count}) <> max({count})"""
            )
            == []
        )
    assert (
        lab.rows(
            f"""select p.conversion_id from {paths} p
            left join conversions c on c.profile_id = {profile.profile_id} and c.conversion_id = p.conversion_id
            left join touches t on t.profile_id = {profile.profile_id} and t.touch_id = p.touch_id
            where c.person_id is distinct from t.person_id or p.person_id is distinct from c.person_id
               or p.age_seconds < 0 or p.age_seconds > 90 * 86400 or t.occurred_at > c.occurred_at"""
        )
        == []
    )
    # a conversion with campaign data never lacks a touch (A3)
    assert (
        lab.rows(
            f"""select source_id from conversions where profile_id = {profile.profile_id} and campaign_id is not null
            and conversion_id not in (select conversion_id from {paths})"""
        )
        == []
    )


def test_imports_commute_cash_ties_and_paths_are_whole(make_lab: Callable[..., Lab]) -> None:
    """E7, T2, T3, A2: for any records. Two profiles of one workspace get the same ones, one of them in disorder."""
    lab = make_lab()
    names = iter(range(1000))

    def load(profile: Profile, kind: str, rows: list[Row]) -> None:
        lab.profile = profile
        assert lab.load(kind, rows).rejected == 0

    def fresh() -> Profile:
        return lab.workspace.create_profile(ProfileSettings(f"Profile {next(names)}", domains=("shop.example",)))

    @settings(
        phases=(Phase.generate,),  # worlds are small; making one smaller would take minutes
        max_examples=4,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(worlds(), st.randoms(use_true_random=False))
    def holds(made: tuple[World, Counter[str], int], random: Random) -> None:
        world, cash, payments = made
        tidy, untidy = fresh(), fresh()
        for kind, rows in world.items():
            if rows:
                load(tidy, kind, rows)
        for kind, rows in scattered(world, random):
            load(untidy, kind, rows)
        tidy.rebuild()
        untidy.rebuild()
        assert derived(lab, tidy) == derived(lab, untidy)
        check_cash(lab, tidy, cash, payments)
        check_paths(lab, tidy)

    holds()


DERIVE = """
import io, json, sys
from engine import ProfileSettings, Workspace
path, files, tables = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
with Workspace.open(path, create=True) as workspace:
    profile = workspace.create_profile(ProfileSettings("Lab", timezone="Europe/Madrid", domains=("shop.example",)))
    for kind, rows in files:
        text = "".join(json.dumps(row) + "\\n" for row in rows)
        assert profile.import_file(kind, io.BytesIO(text.encode())).rejected == 0
    profile.rebuild()
    with workspace.store.read() as cursor:
        for table in tables:
            print(table, cursor.rows(f"select * from {table} order by all"))
"""


def test_t1_the_machines_time_zone_changes_no_derived_row(tmp_path: Path) -> None:
    """T1: days are the profile's, also for times without an offset and on the days clocks change."""
    times = ["2026-03-29T00:30:00", "2026-03-29 03:30:00", "2025-10-26T02:30:00", "2026-05-01T23:30:00Z", "1777680000"]
    files = [
        (
            "events",
            [
                {"event_type": "page_view", "event_time": time, "anonymous_id": "d", "url": "https://shop.example/?gclid=1"}
                for time in times
            ]
            + [
                {"event_type": "identify", "event_time": "2026-05-01T23:31:00Z", "anonymous_id": "d"}
                | {"email": "a@b.example"},
                {"event_type": "appointment_booked", "event_time": "2026-05-01T23:32:00Z", "anonymous_id": "d"}
                | {"payload": {"starts_at": "2026-05-04T10:00:00"}},
            ],
        ),
        (
            "conversions",
            [
                {"conversion_id": time, "email": "a@b.example", "time": time, "event_type": "payment_received"}
                | {"value_amount": 5, "currency": "USD", "as_of": "2026-05-05T00:00:00", "starts_at": time}
                for time in times
            ],
        ),
        ("ad-spend", [{"date": "2026-03-29", "platform": "google", "account": "1", "campaign_id": "g", "spend": 1}
                      | {"currency": "USD", "as_of": "2026-04-01 00:00:00"}]),
    ]  # fmt: skip
    tables = ("events", "visits", *TABLES)
    found = [
        subprocess.run(
            [sys.executable, "-c", DERIVE, str(tmp_path / f"{index}.duckdb"), json.dumps(files), json.dumps(tables)],
            env={**os.environ, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for index, zone in enumerate(("Asia/Kathmandu", "America/St_Johns"))
    ]
    assert found[0] == found[1]
    assert "2026, 3, 29" in found[0]

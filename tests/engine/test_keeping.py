"""A profile as a whole: exported, made anonymous, deleted; a file that gives its space back."""

from __future__ import annotations

import threading
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from engine import AttribenchError, Code, ProfileSettings, Task, Workspace
from engine.errors import Cancelled
from engine.keeping import _SEQUENCES, profile_tables
from tests.engine.queries.world import fill

if TYPE_CHECKING:
    from pathlib import Path

    from engine import Profile
    from tests.conftest import Lab

DAYS = (date(2025, 1, 1), date(2026, 7, 1))
SECRETS = ("ana@x.example", "O'Neil", "6005550101", "203.0.113.7", "cus_secret", "secret-device", "secret note")


@pytest.fixture
def world(lab: Lab) -> Lab:
    fill(lab)
    lab.people(
        {"email": "Ana@X.example ", "phone": "+1 600 555 0101", "stripe_customer_id": "cus_secret"},
        {"phone": "(600) 555-0101", "user_id": "bob@x.example"},
    )
    lab.events(
        {
            "event_time": "2026-06-08T10:05:00Z",
            "event_type": "page_view",
            "anonymous_id": "secret-device",
            "url": "https://shop.example/thanks?email=ana%40x.example&utm_source=crm",
            "ip": "203.0.113.7",
            "payload": {"note": "secret note", "scroll_percent": 40},
        },
        {"event_time": "2026-06-08T10:06:00Z", "event_type": "identify", "anonymous_id": "secret-device",
         "phone": "600-555-0101"},
    )  # fmt: skip
    other = lab.workspace.create_profile(ProfileSettings("Other"))
    other.rebuild()
    return lab.rebuild()


def figures(profile: Profile) -> dict[str, Any]:
    """What is asked of a profile: headline, credit by channel under several models, people and days."""
    return {
        "overview": dict((profile.overview(*DAYS, model="markov").data or {})["current"]),
        "channels": profile.channels(*DAYS, model="position_based", limit=50).table.rows(),
        "campaigns": profile.campaigns(*DAYS, model="time_decay").table.drop("entity_id", strict=False).rows(),
        "days": profile.timeseries(*DAYS).table.rows(),
        "pages": profile.entry_pages(*DAYS, limit=50).table.height,
        "quality": profile.quality(*DAYS).table.rows(),
    }


def content(path: Path) -> bytes:
    return path.read_bytes()


def test_a_profile_is_exported_whole_and_alone(world: Lab, tmp_path: Path) -> None:
    target = tmp_path / "alone.duckdb"
    world.profile.export(target)
    with Workspace.open(target, clock=lambda: world.now) as alone:
        assert [each.settings for each in alone.profiles()] == [world.profile.settings]
        assert figures(alone.profile()) == figures(world.profile)
        assert alone.profile().changes().equals(world.profile.changes())
        added = alone.create_profile(ProfileSettings("Next"))  # it counts on behind the numbers it took along
        assert added.profile_id > world.profile.profile_id
        with world.workspace.store.read() as one, alone.store.read() as two:
            for table, condition in profile_tables(one, world.profile.profile_id).items():
                count = f"select count(*) from {table} where {condition}"
                assert two.value(count.replace(one.database, two.database)) == one.value(count), table
    with pytest.raises(AttribenchError) as caught:
        world.profile.export(target)
    assert caught.value.code is Code.WORKSPACE_EXISTS
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        world.profile.export(tmp_path / "never.duckdb", task)
    assert {path.name.split(".")[0] for path in tmp_path.iterdir()} == {"alone", "lab0"}


def test_an_anonymous_copy_has_every_figure_and_nobody(world: Lab, tmp_path: Path) -> None:
    """Not in a row, not in the bytes of the file; who is one person stays, so all figures do."""
    target = tmp_path / "nobody.duckdb"
    world.profile.merge_people(("email", "eve@x.example"), ("email", "frank@x.example"))
    world.rebuild()
    world.profile.export(target, is_anonymous=True)
    with Workspace.open(target, clock=lambda: world.now) as nobody:
        assert figures(nobody.profile()) == figures(world.profile)
        people = "select is_identified, count(*), count(email), count(phone) from people group by 1 order by 1"
        with nobody.store.read() as cursor:
            assert cursor.rows(people) == world.rows(people.replace("from people", "from people where profile_id = 1"))
            assert cursor.value("select count(*) from people where first_name is not null") == 0
        assert nobody.profile().changes()["action"].to_list() == ["profile anonymised"]
        nobody.checkpoint()
    bytes_ = content(target).lower()
    for secret in SECRETS:
        assert secret.lower().encode() not in bytes_, secret
    world.workspace.checkpoint()
    assert b"secret-device" in content(world.workspace.path)  # the search finds what is there


def test_a_deleted_profile_leaves_nothing_and_the_other_untouched(world: Lab) -> None:
    other = next(each for each in world.workspace.profiles() if each.settings.name == "Other")
    world.profile.delete()
    assert [each.settings.name for each in world.workspace.profiles()] == ["Other"]
    with world.workspace.store.read() as cursor:
        for table, condition in profile_tables(cursor, world.profile.profile_id).items():
            assert cursor.value(f"select count(*) from {table} where {condition}") == 0, table
    assert other.derivation().is_derived
    assert world.rows("select action, details->>'name' from change_log where profile_id is null") == [
        ("profile deleted", "Lab")
    ]
    before = world.workspace.path.stat()
    assert world.workspace.compact() >= 0
    assert world.workspace.path.stat().st_ino != before.st_ino
    assert b"secret-device" not in content(world.workspace.path)


def test_every_table_is_of_profiles_or_of_the_schema(lab: Lab) -> None:
    """A table that a profile's rows cannot be told in would be forgotten by export and deletion."""
    with lab.workspace.store.read() as cursor:
        known = set(profile_tables(cursor, 1))
        tables = {name for (name,) in cursor.rows("select table_name from duckdb_tables() where schema_name = 'main'")}
        sequences = {name for (name,) in cursor.rows("select sequence_name from duckdb_sequences()")}
    assert tables - known == {"schema_migrations", "sql_history"}
    assert sequences == set(_SEQUENCES)


def test_compacting_keeps_everything_lock_and_readers(lab: Lab) -> None:
    """Statements of other threads wait and go on; a second program is still refused; what-ifs are built anew."""
    view = {"event_type": "page_view", "anonymous_id": "a", "path": "/"}
    lab.events(*(view | {"event_time": f"2026-05-01T10:{n // 60:02}:{n % 60:02}Z"} for n in range(3000)))
    lab.rebuild()
    before = lab.profile.headline()
    stop, failures, rounds = threading.Event(), list[BaseException](), list[int]()

    def read() -> None:
        while not stop.is_set():
            try:
                assert lab.profile.headline() == before
                rounds.append(1)
            except BaseException as error:  # noqa: BLE001 - told below
                failures.append(error)
                return

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for _ in range(2):
            lab.workspace.compact()
    finally:
        stop.set()
        thread.join()
    assert not failures
    assert rounds
    assert lab.profile.headline() == before
    assert lab.workspace.is_in_place
    lab.change(click_window_days=9)
    assert lab.profile.settings.click_window_days == 9
    with pytest.raises(AttribenchError) as caught:
        Workspace.open(lab.workspace.path)
    assert caught.value.code is Code.WORKSPACE_LOCKED
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        lab.workspace.compact(task)
    assert lab.profile.headline() == before
    assert [path.name for path in lab.workspace.path.parent.glob("*.compact*")] == []

"""The SQL console's engine: rows up to a limit, the place of a mistake, hidden personal data, what was run before."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine import AttribenchError, Code, Task
from engine.console import KEPT
from engine.errors import Cancelled
from engine.keeping import delete_profile
from engine.queries.masking import hidden_staff
from engine.views import VIEWS, columns_markdown, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Lab as LabType

DOCS = Path(__file__).parents[2] / "docs" / "sql.md"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabType]:
    from tests.conftest import Lab

    lab = Lab(tmp_path_factory.mktemp("console") / "lab.duckdb")
    person = {"email": "ana.lopez@mail.example", "phone": "+12025550123", "anonymous_id": "d1", "user_id": "ana-7"}
    lab.people(person | {"first_name": "Ana", "last_name": "Lopez"})
    page = {"event_type": "page_view", "anonymous_id": "d1", "event_time": "2026-06-01T10:00:00Z"}
    lab.events(
        page
        | {"url": "https://shop.example/a?who=ana.lopez@mail.example", "payload": {"note": "ana.lopez@mail.example"}},
        page
        | {
            "url": "https://shop.example/of/ana.lopez@mail.example/b?utm_source=ana.lopez@mail.example",
            "event_time": "2026-06-03T10:00:00Z",
        },
        {"event_type": "identify", "event_time": "2026-06-01T10:01:00Z", **person},
    )
    yield lab.rebuild()
    lab.close()


def test_every_column_of_every_view_is_documented(full: LabType) -> None:
    columns = full.workspace.view_columns()
    assert set(columns) == set(VIEWS)
    for view in VIEWS.values():
        names = [name for name, _ in columns[view.name]]
        assert names, view.name
        assert [name for name in names if not view.meaning(name)] == [], view.name
        assert {*view.worth_knowing, *view.own, *view.hidden} <= set(names), view.name
    text = DOCS.read_text(encoding="utf-8")
    assert markdown() in text
    assert columns_markdown({view: [name for name, _ in found] for view, found in columns.items()}) in text


@pytest.mark.parametrize(
    ("rows", "limit", "expected", "has_more"), [(5, 5, 5, False), (6, 5, 5, True), (6, None, 6, False)]
)
def test_a_limit_says_that_there_is_more(
    full: LabType, rows: int, limit: int | None, expected: int, *, has_more: bool
) -> None:
    answer = full.workspace.run_sql(f"select * from range({rows}) order by 1 desc -- all\n;", limit=limit)
    assert (answer.frame.height, answer.has_more) == (expected, has_more)
    assert answer.frame["range"][0] == rows - 1


@pytest.mark.parametrize(
    ("statement", "code", "place"),
    [
        ("select 1 fro v_people", Code.SQL_REFUSED, (1, 14)),
        ("select 'aé',\n  + from v_people where", Code.SQL_REFUSED, (2, 5)),
        ("select\n 'aé' , nope from v_people", Code.SQL_FAILED, (2, 9)),
        ("select " + "1 + " * 60 + "nope from v_people", Code.SQL_FAILED, (1, 248)),
        ("select 1\nfrom profiles", Code.SQL_REFUSED, (2, 6)),
        ("select 1,\n getenv('HOME')", Code.SQL_REFUSED, (2, 2)),
        ("copy v_people to 'x'", Code.SQL_REFUSED, None),
    ],
)
def test_the_place_of_a_mistake(full: LabType, statement: str, code: Code, place: tuple[int, int] | None) -> None:
    with pytest.raises(AttribenchError) as raised:
        full.workspace.run_sql(statement)
    facts = raised.value.facts
    assert raised.value.code is code
    assert (facts.get("line"), facts.get("column")) == (place or (None, None))
    assert not {"offset", "excerpt"} & set(facts)


def test_tables_behind_the_views_only_where_wanted(full: LabType) -> None:
    statement = "select count(*) from touches join visits using (visit_id)"
    assert full.workspace.run_sql(statement).frame.item() == 2
    with pytest.raises(AttribenchError):
        full.workspace.sql(statement)
    with pytest.raises(AttribenchError):
        full.workspace.run_sql(statement, masked=True)
    for table in ("profiles", "provider_objects", "sync_states", "change_log", "sql_history", "duckdb_tables()"):
        with pytest.raises(AttribenchError) as raised:
            full.workspace.run_sql(f"select * from {table}")
        assert raised.value.code is Code.SQL_REFUSED


def test_hidden_personal_data_is_nowhere(full: LabType) -> None:
    """Whatever is asked of the views: nothing of the address, phone or last name is in any cell."""
    workspace = full.workspace
    for view in VIEWS:
        masked = workspace.run_sql(f"select * from {view}", masked=True).frame
        shown = workspace.run_sql(f"select * from {view}").frame
        assert masked.schema == shown.schema
        assert masked.height == shown.height
        text = str(masked.rows())
        assert not [word for word in ("ana.lopez", "Lopez", "5550123", "ana-7") if word in text], view
    secret = "select string_agg(email || url || first_name) from v_people full join v_events using (email)"
    assert "lopez" not in str(workspace.run_sql(secret, masked=True).frame.rows()).lower()
    assert workspace.sql("select email from v_people").item() == "ana.lopez@mail.example"  # only there, only then
    for escape in ("select * from main.v_people", "select * from lab.main.v_people", "select * from lab.v_people"):
        with pytest.raises(AttribenchError):
            workspace.run_sql(escape, masked=True)


@pytest.mark.parametrize("name", ["Ada Keel", " Ada van der Keel ", "dev@shop.example", "ve9EPM428h8vShlRW1KT", None])
def test_staff_is_called_as_on_the_pages(full: LabType, name: str | None) -> None:
    full.conversions(
        {"conversion_id": "a1", "event_type": "appointment_booked", "time": "2026-05-02T10:00:00Z"}
        | ({"assigned_user": name} if name else {})
    )
    full.rebuild()
    statement = "select assigned_user from v_conversions where source_id = 'a1'"
    told = full.workspace.run_sql(statement, masked=True).frame.item()
    assert told == (name and hidden_staff(name))


def test_a_long_statement_is_stopped(full: LabType) -> None:
    task = Task()
    threading.Timer(0.3, task.cancel).start()
    with pytest.raises(Cancelled):
        full.workspace.run_sql("select count(*) from range(10000000) a, range(10000000) b", task)
    assert full.workspace.run_sql("select 1").frame.item() == 1


def test_the_history_keeps_each_statement_once_the_latest_first(full: LabType) -> None:
    workspace = full.workspace
    for number in [*range(KEPT + 5), 100]:
        full.now += timedelta(seconds=1)
        workspace.remember_sql(f"select {number}")
    told = [ran.statement for ran in workspace.sql_history()]
    assert len(told) == KEPT
    assert told[:2] == ["select 100", f"select {KEPT + 4}"]
    assert told[-1] == "select 5"
    workspace.forget_sql()
    assert workspace.sql_history() == []


def test_deleting_a_profile_forgets_statements_that_may_name_its_people(lab: LabType) -> None:
    lab.workspace.remember_sql("select * from v_people where email = 'ana@mail.example'")
    with lab.workspace.store.write() as cursor:
        delete_profile(cursor, lab.profile.profile_id, lab.now, "somebody")
    assert lab.workspace.sql_history() == []

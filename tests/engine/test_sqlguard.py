"""What a user's SQL may do."""

# ruff: noqa: E501, PT017 - statements stand one a line

from __future__ import annotations

import pytest

from engine import AttribenchError, Code
from engine.sqlguard import VIEWS

FUNCTIONS = [
    "read_csv('x.csv')",
    "read_csv_auto('x.csv')",
    "read_text('/etc/passwd')",
    "read_blob('/etc/passwd')",
    "read_json('x')",
    "read_json_objects('x')",
    "read_ndjson('x')",
    "read_parquet('x')",
    "parquet_metadata('x')",
    "parquet_scan('x')",
    "glob('*')",
    "sniff_csv('x')",
    "duckdb_tables()",
    "duckdb_settings()",
    "duckdb_secrets()",
    "duckdb_columns()",
    "duckdb_views()",
    "duckdb_functions()",
    "duckdb_databases()",
    "pragma_table_info('raw_events')",
    "pragma_database_size()",
    "pragma_storage_info('raw_events')",
    "pragma_version()",
    "query('select",
    "1')",
    "query_table('raw_events')",
    "seq_scan('raw_events')",
    "table_info('raw_events')",
    "which_secret('x',",
    "'y')",
    "sql_auto_complete('s')",
    "duckdb_logs()",
    "duckdb_memory()",
    "test_all_types()",
    "checkpoint()",
    "force_checkpoint()",
    "enable_logging()",
    "json_execute_serialized_sql('x')",
    "from_substrait('x')",
    "arrow_scan(1,2,3)",
    "pandas_scan(1)",
    "python_map_function()",
]
SCALARS = [
    "getenv('HOME')",
    "current_setting('memory_limit')",
    "set_config('a','b',false)",
    "nextval('import_ids')",
    "currval('import_ids')",
    "getvariable('x')",
    "txid_current()",
    "pg_get_viewdef('x')",
    "current_query()",
    "json_serialize_sql('select",
    "1')",
    "error('x')",
    "write_log('x')",
    "create_sort_key(1,'asc')",
    "getenv('A')||'x'",
    "GETENV('A')",
    "\"getenv\"('A')",
    "main.getenv('A')",
    "system.main.getenv('A')",
]

REFUSED = [
    # not a SELECT
    "copy v_visits to 'x.csv'",
    "copy (select 1) to 'x.csv'",
    "attach 'x.duckdb'",
    "detach x",
    "use main",
    "pragma database_list",
    "pragma table_info('raw_events')",
    "set memory_limit = '1TB'",
    "reset memory_limit",
    "set variable x = 1",
    "install httpfs",
    "load httpfs",
    "call pragma_version()",
    "call duckdb_tables()",
    "insert into raw_events select * from raw_events",
    "update profiles set name = 'x'",
    "delete from profiles",
    "truncate profiles",
    "drop table profiles",
    "drop view v_visits",
    "create table x (i integer)",
    "create temp table x as select 1",
    "create or replace view v_visits as select 1",
    "create macro m() as table select 1",
    "alter table profiles add column x integer",
    "create secret s (type s3)",
    "checkpoint",
    "vacuum",
    "analyze",
    "begin transaction",
    "commit",
    "rollback",
    "prepare p as select 1",
    "execute p",
    "deallocate p",
    "export database 'x'",
    "import database 'x'",
    "comment on table profiles is 'x'",
    "explain select 1",
    "explain analyze select 1",
    "explain copy v_visits to 'x'",
    "show tables",
    "show all tables",
    "show databases",
    "show v_visits",
    "describe v_visits",
    "describe",
    "describe select * from raw_events",
    "summarize v_visits",
    "summarize raw_events",
    "from (describe raw_events)",
    "from (summarize raw_events)",
    "from (show tables)",
    "select * from (show all tables)",
    "pivot raw_events on event_type",
    "merge into profiles using v_visits on true when matched then delete",
    # not one
    "",
    "   ",
    "-- only a comment",
    "select 1; select 2",
    "select 1; drop table profiles",
    "select 1;; copy v_visits to 'x'",
    "select 1 /* ; */ ; delete from profiles -- x",
    # hidden writes
    "with x as (insert into profiles (name) values ('x') returning *) select * from x",
    "with x as (delete from profiles returning *) select * from x",
    "with x as (update profiles set name = 'x' returning *) select * from x",
    "select * from (delete from profiles returning *)",
    "select (insert into profiles (name) values ('x') returning 1)",
    "(copy v_visits to 'x')",
    "from (copy v_visits to 'x')",
    "select 1 union (delete from profiles returning 1)",
    # tables that are not documented, however they are written
    "select * from raw_events",
    "from raw_events",
    "from RAW_EVENTS",
    'from "raw_events"',
    'from "Raw_Events"',
    "from main.raw_events",
    "from main.v_visits",
    "from memory.main.v_visits",
    "table raw_events",
    "from/**/raw_events",
    "from -- v_visits\n raw_events",
    "select * from v_visits, raw_events",
    "select * from v_visits join raw_events on true",
    "select * from v_visits left join lateral (from raw_events) x on true",
    "select (select count(*) from raw_events)",
    "select * from v_visits where exists (from raw_events)",
    "select * from v_visits where channel in (select event_type from raw_events)",
    "select * from v_visits where channel = any(select event_type from raw_events)",
    "select * from v_visits group by (select count(*) from raw_events)",
    "select channel from v_visits group by 1 having count(*) > (select count(*) from raw_events)",
    "select * from v_visits order by (select count(*) from raw_events)",
    "select * from v_visits limit (select count(*) from raw_events)",
    "select * from v_visits offset (select count(*) from raw_events)",
    "select * from v_visits qualify row_number() over (order by (select count(*) from raw_events)) = 1",
    "select sum(1) over (partition by (select count(*) from raw_events)) from v_visits",
    "select count(*) filter (where exists (from raw_events)) from v_visits",
    "select list(1 order by (select 1 from raw_events)) from v_visits",
    "select case when true then (select 1 from raw_events) end",
    "select list_transform([1], lambda x: x + (select count(*) from raw_events))",
    "select [x for x in (select list(event_id) from raw_events)]",
    "select {'a': (select 1 from raw_events)}",
    "select * replace ((select 1 from raw_events) as channel) from v_visits",
    "select columns(lambda c: c = (select 1 from raw_events)) from v_visits",
    "select cast((select 1 from raw_events) as integer)",
    "values ((select count(*) from raw_events))",
    "select 1 union all select count(*) from raw_events",
    "select 1 intersect (select 1 except select 1 from raw_events)",
    "from (pivot raw_events on event_type in ('x') using count(*))",
    "from v_visits pivot (count(*) for channel in ((select 1 from raw_events)))",
    "from raw_events unpivot (v for n in (url))",
    "from (values (1)) t(i), raw_events",
    "from raw_events tablesample 1%",
    "from v_visits positional join raw_events",
    "from v_visits semi join raw_events using (profile)",
    "from v_visits asof join raw_events r on started_at >= r.occurred_at",
    "from profiles",
    "from schema_migrations",
    "from imports",
    "from information_schema.tables",
    "from sqlite_master",
    "from pg_catalog.pg_tables",
    "from pg_tables",
    "from duckdb_tables",
    "from duckdb_settings",
    "from 'x.csv'",
    "from '/etc/passwd'",
    'from "x.parquet"',
    "from 'https://example.com/x.csv'",
    "from v_visits.x",
    # WITH queries are seen only where they are
    "with raw_events as (select * from raw_events) select * from raw_events",
    "with a as (select * from b), b as (select 1) select * from a, b where exists (from raw_events)",
    "select * from raw_events, (with raw_events as (select 1) select 1) x",
    "select * from (with raw_events as (select 1) from raw_events), raw_events",
    "with a as (with raw_events as (select 1) from raw_events) select * from a, raw_events",
    "select (with raw_events as (select 1) select 1), (select 1 from raw_events)",
    "with a as (select * from raw_events), raw_events as (select 1) select * from a",
    "with recursive x as (select 1 union all select * from raw_events) from x",
    'with "x.csv" as (from \'x.csv\') from "x.csv"',
    "with x as materialized (from raw_events) select 1",
    # functions
    *(f"select * from {name}" for name in FUNCTIONS),
    *(f"select * from v_visits, lateral {name} as f" for name in FUNCTIONS[:4]),
    *(f"select {name}" for name in SCALARS),
    *(f"select * from v_visits where {name} is not null" for name in SCALARS[:3]),
    "select * from v_visits order by getenv('A')",
    "select 'HOME'.getenv()",
    "select list_transform(['HOME'], lambda x: getenv(x))",
    "select list_aggregate([1], getenv('A'))",
    "select * from range(getenv('A')::int)",
    "select * exclude (channel) replace (getenv('A') as device) from v_visits",
    # what needs parameters
    "select $1",
    "select ?",
    "select $name",
    # no SQL at all
    "selec 1",
    "select 'unclosed",
    "💥",
]

ALLOWED = [
    "select 1",
    "select 1;",
    "values (1, 'a'), (2, 'b')",
    "from v_visits",
    "FROM V_Visits SELECT Channel",
    'from "v_visits"',
    "table v_visits",
    *(f"select * from {view}" for view in VIEWS),
    "select channel, count(*) as visits from v_visits group by all order by visits desc limit 10",
    "select channel, count(*) filter (where is_bounce) * 100.0 / count(*) from v_visits group by 1 having count(*) > 0",
    "select distinct on (channel) channel, started_at from v_visits order by channel, started_at desc",
    "with a as (select * from v_visits), b as (select channel from a) select * from b union all select channel from a",
    "with raw_events as (select * from v_events) select count(*) from raw_events",
    "with a as (select 1 as i), a2 as materialized (from a) select (with b as (from a2) select max(i) from b)",
    "with recursive n as (select 1 as i union all select i + 1 from n where i < 5) select sum(i) from n",
    "select *, row_number() over (partition by channel order by started_at) as nth from v_visits qualify nth = 1",
    "select sum(pageviews) over w, lag(started_at) over w, first_value(channel) over w from v_visits"
    " window w as (partition by anonymous_id order by started_at rows between 1 preceding and current row)",
    "select rank() over (order by pageviews), ntile(4) over (order by pageviews), percent_rank() over () from v_visits",
    "select v.channel, sum(c.amount_reporting) from v_visits v join v_conversions c using (person_id) group by 1",
    "select * from v_visits v left join v_people p on p.person_id = v.person_id",
    "select * from v_conversions c asof join v_visits v on c.person_id = v.person_id and c.occurred_at >= v.started_at",
    "select * from v_visits semi join v_conversions using (person_id)",
    "select * from v_visits anti join v_conversions using (person_id)",
    "select * from v_visits cross join (values (1), (2)) t(i)",
    "select * from v_visits v, lateral (select count(*) as n from v_conversions c where c.person_id = v.person_id) x",
    "select person_id from v_visits intersect select person_id from v_conversions",
    "select person_id from v_visits except all select person_id from v_conversions",
    "select 1 as a union by name select 2 as b",
    "select date_trunc('week', started_at) as week, count(*) from v_visits group by 1 order by 1",
    "select extract(hour from started_at), dayname(started_at), strftime(started_at, '%Y-%m'), "
    "started_at + interval 1 day, age(started_at), date_diff('day', started_at, now()::timestamp) from v_visits",
    "select started_at at time zone 'UTC' at time zone 'Europe/Madrid', current_date, today() from v_visits",
    "select time_bucket(interval 15 minute, started_at) from v_visits",
    "select list(channel order by started_at), string_agg(channel, ' > ' order by started_at), array_agg(channel)"
    " from v_visits group by person_id",
    "select list_transform([1, 2, 3], lambda x: x * 2), list_filter([1], lambda x: x > 0), [x + 1 for x in [1, 2]]",
    "select payload->>'$.k', payload->'k', json_extract(payload, '$.k'), json_keys(payload) from v_events",
    "select unnest(['a', 'b']), unnest({'a': 1, 'b': 2})",
    "select * from unnest([1, 2]) t(i), range(3), generate_series(1, 3) g(j)",
    "select {'a': 1}.a, [1, 2, 3][1:2], map {'a': 1}['a'], struct_pack(x := 1)",
    "select try_cast('a' as integer), cast('1' as decimal(18, 2)), '2026-01-01'::date, try(1 / 0)",
    "select case when true then 1 else 2 end, coalesce(null, 1), nullif(1, 1), ifnull(null, 2), if(true, 1, 2)",
    "select 'a' like 'b%', 'a' ilike 'B', 'a' similar to 'b', regexp_extract('abc', 'b'), 'a' || 'b', 'a' in ('a', 'b')",
    "select 1 between 0 and 2, not true, -1, 5 // 2, 5 % 2, 2 ** 3, 1 is distinct from null",
    "select upper(channel), channel.lower(), substring(channel from 1 for 2), position('a' in channel), split_part(url, '/', 3)"
    " from v_visits join v_events using (visit_id)",
    "select quantile_cont(pageviews, 0.5), median(pageviews), mode(channel), stddev(pageviews), approx_count_distinct(channel),"
    " arg_max(channel, pageviews), histogram(channel), corr(pageviews, pageviews) from v_visits",
    "select percentile_cont(0.5) within group (order by pageviews) from v_visits",
    "select channel, device, count(*) from v_visits group by grouping sets ((channel), (device), ())",
    "select channel, grouping(channel), count(*) from v_visits group by rollup (channel)",
    "select * exclude (person_id) replace (upper(channel) as channel) rename (device as machine) from v_visits",
    "select columns('utm_.*') from v_events",
    "select count(columns(*)) from v_visits",
    "from v_visits pivot (count(*) for channel in ('Direct', 'Email'))",
    "from (pivot v_visits on channel in ('Direct', 'Email') using count(*))",
    "from v_visits unpivot (v for n in (channel, device))",
    "select * from v_visits tablesample 10%",
    "select * from v_visits using sample 5 rows",
    "select * from v_visits limit 5 offset 2",
    "select * from v_visits limit 10%",
    "select #1 from v_visits order by 1 nulls last collate nocase" if False else "select #1 from v_visits",
    "select * from v_visits where channel = all (select 'Direct')",
    "select exists (from v_conversions), (select max(started_at) from v_visits)",
    "select * from v_visits where (channel, device) in (select channel, device from v_visits)",
    "/* leading */ select 1 -- trailing",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_refused(shared_lab, statement):
    with pytest.raises(AttribenchError) as caught:
        shared_lab.workspace.sql(statement)
    assert caught.value.code is Code.SQL_REFUSED, caught.value


@pytest.mark.parametrize("statement", ALLOWED)
def test_allowed(shared_lab, statement):
    try:
        shared_lab.workspace.sql(statement)
    except AttribenchError as error:
        assert error.code is Code.SQL_FAILED
        pytest.fail(str(error))


def test_a_mistake_in_an_allowed_statement_is_told_as_the_database_says_it(shared_lab):
    with pytest.raises(AttribenchError) as caught:
        shared_lab.workspace.sql("select nonsense from v_visits")
    assert caught.value.code is Code.SQL_FAILED
    assert "nonsense" in str(caught.value.facts["detail"])


def test_nothing_was_changed_by_any_of_it(shared_lab):
    assert shared_lab.value("select count(*) from profiles") == 1
    assert shared_lab.value("select count(*) from raw_events") == 1


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory):
    from tests.conftest import Lab

    lab = Lab(tmp_path_factory.mktemp("guard") / "lab.duckdb")
    lab.events({"event_time": "2026-05-01", "anonymous_id": "a", "url": "https://shop.example/", "payload": {"k": 1}})
    lab.rebuild()
    yield lab
    lab.close()

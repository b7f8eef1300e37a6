-- Which version of each raw fact counts (E7). Later steps read the live_* views only.

-- Events and touches never change; when one was told with two contents, the fuller one counts, whatever came first.
-- Absent values do not count as content.
create or replace temp macro content_of(raw_row) as
    json_merge_patch('{}', to_json(raw_row),
                     '{"content_hash": null, "import_id": null, "line": null, "has_versions": null}')::varchar;

create or replace temp table event_losers as
select record_key, content_hash
from (
    select record_key, content_hash, content_of(r) as content
    from raw_events r
    where profile_id = (select profile_id from profile)
      and record_key in (select record_key from raw_events
                         where has_versions and profile_id = (select profile_id from profile))
)
qualify row_number() over (partition by record_key order by length(content) desc, content, content_hash) > 1;

create or replace temp view live_events as
select r.*
from raw_events r
where r.profile_id = (select profile_id from profile)
  and not exists (from event_losers l where l.record_key = r.record_key and l.content_hash = r.content_hash);

create or replace temp table touch_losers as
select record_key, content_hash
from (
    select record_key, content_hash, content_of(r) as content
    from raw_touches r
    where profile_id = (select profile_id from profile)
      and record_key in (select record_key from raw_touches where profile_id = (select profile_id from profile)
                         group by record_key having count(*) > 1)
)
qualify row_number() over (partition by record_key order by length(content) desc, content, content_hash) > 1;

create or replace temp view live_touches as
select r.*
from raw_touches r
where r.profile_id = (select profile_id from profile)
  and not exists (from touch_losers l where l.record_key = r.record_key and l.content_hash = r.content_hash);

create or replace temp table live_conversions as
select *
from raw_conversions
where profile_id = (select profile_id from profile)
qualify row_number() over (partition by record_key order by as_of desc, content_hash) = 1;

create or replace temp table live_ad_spend as
select *
from raw_ad_spend
where profile_id = (select profile_id from profile)
qualify row_number() over (partition by record_key order by as_of desc, content_hash) = 1;

create or replace temp table live_ad_entities as
select *
from raw_ad_entities
where profile_id = (select profile_id from profile)
qualify row_number() over (partition by record_key order by as_of desc, content_hash) = 1;

create or replace temp table live_rates as
select rated_on, currency, base, rate
from raw_rates
where profile_id = (select profile_id from profile)
qualify row_number() over (partition by record_key order by as_of desc, content_hash) = 1;

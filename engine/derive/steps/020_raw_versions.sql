-- Which version of each raw fact counts (E7). Later steps read the live_* views only.

-- Events never change; when one id was told with two contents, the fuller one counts, whatever came first.
create or replace temp table event_losers as
select record_key, content_hash
from (
    select record_key, content_hash,
           to_json(r)->'$' as content
    from (select * exclude (profile_id, import_id, line, has_versions) from raw_events
          where profile_id = (select profile_id from profile)
            and record_key in (select record_key from raw_events
                               where has_versions and profile_id = (select profile_id from profile))) r
)
qualify row_number() over (partition by record_key order by length(content::varchar) desc, content::varchar) > 1;

create or replace temp view live_events as
select r.*
from raw_events r
where r.profile_id = (select profile_id from profile)
  and not exists (from event_losers l where l.record_key = r.record_key and l.content_hash = r.content_hash);

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

create or replace temp table live_rates as
select rated_on, currency, base, rate
from raw_rates
where profile_id = (select profile_id from profile)
qualify row_number() over (partition by record_key order by as_of desc, content_hash) = 1;

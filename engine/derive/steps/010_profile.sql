-- The profile being rebuilt, as one row that every later step reads, with its lists. $profile_id is bound only here.

create or replace temp table profile as
select *,
       to_microseconds(session_timeout_minutes * 60000000::bigint) as session_timeout,
       click_window_days * 86400.0 as click_window_seconds,
       view_window_hours * 3600.0 as view_window_seconds,
       first_touch_window_days * 86400.0 as first_touch_window_seconds
from profiles
where profile_id = $profile_id;

create or replace temp table own_domains as
select domain from profile_domains where profile_id = (select profile_id from profile);

create or replace temp table goal_of_event as
select t.event_type, g.goal, g.revenue_type, g.is_eligible, g.is_negative
from goal_event_types t join goals g using (profile_id, goal)
where profile_id = (select profile_id from profile);

-- The calendar day of an instant in the profile's zone (T1).
create or replace temp macro local_day(instant) as
    cast(timezone((select timezone from profile), timezone('UTC', instant)) as date);

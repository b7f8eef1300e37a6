-- Whose each device is, over time (I3): ownership changes with the start of the visit in which someone else identifies;
-- before the first identify it belongs to the first.

create or replace temp table visit_devices as
select s.visit_id, v.anonymous_id, s.started_at, s.ended_at
from visit_spans s join page_views v on v.event_key = s.visit_id;

create or replace temp table owner_changes as
with placed as (
    select m.anonymous_id, m.person_id, m.seen_at, m.record_key,
           case when m.seen_at <= v.ended_at + (select session_timeout from profile) then v.started_at end as visit_start
    from device_marks m
    asof left join visit_devices v on v.anonymous_id = m.anonymous_id and m.seen_at >= v.started_at
), ordered as (
    select anonymous_id, person_id, coalesce(visit_start, seen_at, timestamp 'infinity') as from_at, seen_at, record_key
    from placed
), starts as (
    -- of several people named in one visit the last one has it
    select * from ordered
    qualify row_number() over (partition by anonymous_id, from_at
                               order by seen_at desc nulls last, record_key desc) = 1
)
select anonymous_id, person_id,
       case when row_number() over (partition by anonymous_id order by from_at) = 1
            then timestamp '-infinity' else from_at end as from_at
from starts;

-- A visitor nobody knows is a person of their own.
create or replace temp macro device_person(anonymous_id) as
    md5('anonymous_id:' || anonymous_id)::uuid;

create or replace temp table visit_people as
select v.visit_id, v.anonymous_id, v.started_at, v.ended_at,
       coalesce(c.person_id, device_person(v.anonymous_id)) as person_id
from visit_devices v
asof left join owner_changes c on c.anonymous_id = v.anonymous_id and v.started_at >= c.from_at;

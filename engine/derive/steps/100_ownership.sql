-- Whose each device is, over time (I3): ownership changes with the start of the visit in which someone else identifies;
-- before the first identify it belongs to the first.

create or replace temp table owner_changes as
with changes as (
    select anonymous_id, person_id, timestamp '-infinity' as from_at
    from device_marks
    qualify row_number() over (partition by anonymous_id order by place) = 1
    union
    -- of several people named in one visit the last one has it
    select anonymous_id, person_id, moment
    from device_marks
    where moment < timestamp 'infinity'
    qualify row_number() over (partition by anonymous_id, moment order by place desc) = 1
)
select anonymous_id, person_id, from_at
from changes
qualify person_id is distinct from lag(person_id) over (partition by anonymous_id order by from_at);

-- A visitor nobody knows is a person of their own; one whose id is a placeholder is nobody.
create or replace temp macro device_person(anonymous_id) as
    case when lower(anonymous_id) not in (select value from placeholders where kind in ('any', 'anonymous_id'))
         then md5('anonymous_id:' || anonymous_id)::uuid end;

create or replace temp table visit_people as
with shared as (
    select anonymous_id from owner_changes where from_at > timestamp '-infinity'
), owned as (
    select v.visit_id, v.anonymous_id, v.started_at, v.ended_at, c.person_id
    from visit_spans v
    left join owner_changes c on c.anonymous_id = v.anonymous_id  -- most devices have one owner for ever
    where v.anonymous_id not in (from shared)
    union all
    select v.visit_id, v.anonymous_id, v.started_at, v.ended_at, c.person_id
    from visit_spans v
    asof join owner_changes c on c.anonymous_id = v.anonymous_id and v.started_at >= c.from_at
    where v.anonymous_id in (from shared)
)
select * replace (coalesce(person_id, md5('anonymous_id:' || anonymous_id)::uuid) as person_id)
from owned;

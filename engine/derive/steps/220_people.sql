-- People and identifiers as they are stored (I1-I6).

create or replace temp table new_people as
with named as (
    -- a present name stays: the earliest counts (I4), and before any that was filled in
    select r.person_id,
           arg_min(s.first_name, (s.is_filled, coalesce(s.seen_at, timestamp 'infinity'), s.record_key)) as first_name,
           arg_min(s.last_name, (s.is_filled, coalesce(s.seen_at, timestamp 'infinity'), s.record_key)) as last_name
    from sightings s join record_people r using (record_key)
    where coalesce(s.first_name, s.last_name) is not null
    group by r.person_id
), entities as (
    select p.entity, min(k.node) filter (k.kind <> 'anonymous_id') is not null as is_identified,
           min(k.node) filter (k.kind = 'email') as email, min(k.node) filter (k.kind = 'phone') as phone,
           min(k.first_seen_at) as seen_from, max(k.last_seen_at) as seen_to
    from known_identifiers k join identifier_people p using (node)
    where p.entity is not null
    group by p.entity
), identified as (
    -- identifiers are numbered by strength and age
    select k.alias_id as person_id, n.is_identified, n.seen_from, n.seen_to, e.value as email, p.value as phone
    from entities n
    join known_identifiers k on k.node = n.entity
    left join known_identifiers e on e.node = n.email
    left join known_identifiers p on p.node = n.phone
), everybody as (
    select person_id, started_at as seen_from, ended_at as seen_to from visit_people
    union all
    select person_id, occurred_at, occurred_at from conversion_records where person_id is not null
    union all
    select person_id, occurred_at, occurred_at from new_touches where visit_id is null
    union all
    select person_id, seen_from, seen_to from identified
), seen as (
    select person_id, min(seen_from) as first_seen_at, max(seen_to) as last_seen_at from everybody group by person_id
)
select (select profile_id from profile) as profile_id, s.person_id, coalesce(i.is_identified, false) as is_identified,
       case when not coalesce(i.is_identified, false) then v.name end as label,
       i.email, i.phone, n.first_name, n.last_name, s.first_seen_at, s.last_seen_at
from seen s
left join identified i using (person_id)
left join named n using (person_id)
left join visitor_names v
    on v.number = (md5_number_lower(s.person_id::varchar) % (select count(*) from visitor_names))::bigint;

-- Devices as raw records tell of them, each with its latest owner.
create or replace temp table new_devices as
with told as (
    select e.anonymous_id, e.occurred_at
    from live_events e left join agents a on a.user_agent = e.user_agent
    where a.agent_kind is distinct from 'bot' or e.event_type in (select event_type from server_event_types)
    union all
    select anonymous_id, occurred_at from live_conversions
    union all
    select anonymous_id, occurred_at from raw_people where profile_id = (select profile_id from profile)
    union all
    select anonymous_id, occurred_at from live_touches
), devices as (
    select anonymous_id, count(*) as records, min(occurred_at) as first_seen_at
    from told where anonymous_id is not null group by anonymous_id
), owners as (
    select anonymous_id, arg_max(person_id, from_at) as person_id from owner_changes group by anonymous_id
)
select d.anonymous_id, md5('anonymous_id:' || d.anonymous_id)::uuid as alias_id,
       coalesce(o.person_id, device_person(d.anonymous_id)) as owner_id, d.records, d.first_seen_at
from devices d left join owners o using (anonymous_id);

create or replace temp table new_identifiers as
select (select profile_id from profile) as profile_id, k.kind, k.value, k.alias_id, p.person_id,
       k.records, k.first_seen_at, p.person_id is null as is_quarantined
from known_identifiers k
join identifier_people p using (node)
where k.kind <> 'anonymous_id'
union all
-- an email that only superseded versions of a record gave still leads to that record's person (I4)
select (select profile_id from profile), 'email', o.email, md5('email:' || o.email)::uuid, min(r.person_id), count(*),
       min(o.occurred_at), false
from (select record_key, occurred_at, clean_email(email) as email from raw_conversions
      where profile_id = (select profile_id from profile)) o
join record_people r using (record_key)
where o.email is not null and not exists (from known_identifiers k where k.kind = 'email' and k.value = o.email)
group by o.email
union all
-- a device that sent nothing but stray events is nobody's
select (select profile_id from profile), 'anonymous_id', d.anonymous_id, d.alias_id, n.person_id,
       d.records, d.first_seen_at, d.owner_id is null
from new_devices d left join new_people n on n.person_id = d.owner_id;

create or replace temp table new_identity_conflicts as
select (select profile_id from profile) as profile_id, reason, kind, value, other_kind, other_value from conflicts;

-- People and identifiers as they are stored (I1-I6).

create or replace temp table new_identifiers as
select (select profile_id from profile) as profile_id, k.kind, k.value, k.alias_id, p.person_id,
       k.records, k.first_seen_at, q.node is not null as is_quarantined
from known_identifiers k
join identifier_people p using (node)
left join (select distinct node from quarantined) q using (node)
union all
-- a device is its latest owner's
select (select profile_id from profile), 'anonymous_id', v.anonymous_id, device_person(v.anonymous_id),
       arg_max(v.person_id, (v.started_at, v.visit_id)), count(*), min(v.started_at), false
from visit_people v group by v.anonymous_id
union all
select (select profile_id from profile), 'anonymous_id', m.anonymous_id, device_person(m.anonymous_id),
       arg_max(m.person_id, (m.seen_at, m.record_key)), count(*), min(m.seen_at), false
from device_marks m
where m.anonymous_id not in (select anonymous_id from visit_people)
group by m.anonymous_id;

create or replace temp table new_people as
with named as (
    select p.person_id,
           arg_min(s.first_name, (coalesce(s.seen_at, timestamp 'infinity'), s.record_key)) as first_name,
           arg_min(s.last_name, (coalesce(s.seen_at, timestamp 'infinity'), s.record_key)) as last_name
    from sightings s
    join known_identifiers k
        on k.kind = case when s.email is not null then 'email' when s.phone is not null then 'phone'
                         when s.user_id is not null then 'user_id' when s.ghl_contact_id is not null then 'ghl_contact_id'
                         when s.stripe_customer_id is not null then 'stripe_customer_id'
                         when s.shopify_customer_id is not null then 'shopify_customer_id'
                         else 'mercadopago_payer_id' end
       and k.value = coalesce(s.email, s.phone, s.user_id, s.ghl_contact_id, s.stripe_customer_id,
                              s.shopify_customer_id, s.mercadopago_payer_id)
    join identifier_people p using (node)
    where p.person_id is not null and coalesce(s.first_name, s.last_name) is not null
    group by p.person_id
), identified as (
    select p.person_id,
           arg_min(k.value, (coalesce(k.first_seen_at, timestamp 'infinity'), k.value)) filter (k.kind = 'email') as email,
           arg_min(k.value, (coalesce(k.first_seen_at, timestamp 'infinity'), k.value)) filter (k.kind = 'phone') as phone
    from known_identifiers k join identifier_people p using (node)
    where p.person_id is not null group by p.person_id
), everybody as (
    select person_id, started_at as seen_from, ended_at as seen_to, anonymous_id from visit_people
    union all
    select person_id, occurred_at, occurred_at, anonymous_id from conversion_records where person_id is not null
    union all
    select person_id, occurred_at, occurred_at, null from new_touches where kind <> 'visit'
    union all
    select p.person_id, k.first_seen_at, k.first_seen_at, null
    from known_identifiers k join identifier_people p using (node) where p.person_id is not null
), seen as (
    select person_id, min(seen_from) as first_seen_at, max(seen_to) as last_seen_at, min(anonymous_id) as anonymous_id
    from everybody group by person_id
)
select (select profile_id from profile) as profile_id, s.person_id, i.person_id is not null as is_identified,
       case when i.person_id is null then visitor_name(s.person_id) end as label,
       i.email, i.phone, n.first_name, n.last_name, s.first_seen_at, s.last_seen_at
from seen s
left join identified i using (person_id)
left join named n using (person_id);

create or replace temp table new_identity_conflicts as
select (select profile_id from profile) as profile_id, reason, kind, value, other_kind, other_value from conflicts
union all
select (select profile_id from profile), q.reason, k.kind, k.value, null, null
from quarantined q join known_identifiers k using (node);

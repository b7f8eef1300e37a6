-- Where identifiers were seen together (I1, I2): one row a raw record that names anybody, normalised.

create or replace temp macro clean_email(text) as
    case when regexp_full_match(lower(trim(text)), '[^@\s]+@[^@\s]+') then lower(trim(text)) end;

create or replace temp table sightings as
with named as (
    select record_key, occurred_at as seen_at, anonymous_id, email, phone, user_id,
           null::varchar as stripe_customer_id, null::varchar as ghl_contact_id,
           null::varchar as shopify_customer_id, null::varchar as mercadopago_payer_id, first_name, last_name
    from live_events
    where coalesce(email, phone, user_id) is not null
      and (anonymous_id is null
           or coalesce(user_agent not in (select user_agent from agents where agent_kind = 'bot'), true))
    union all
    select record_key, occurred_at, anonymous_id, email, phone, person, stripe_customer_id, ghl_contact_id,
           shopify_customer_id, mercadopago_payer_id, first_name, last_name
    from live_conversions
    union all
    select record_key, occurred_at, anonymous_id, email, phone, user_id, stripe_customer_id, ghl_contact_id,
           shopify_customer_id, mercadopago_payer_id, first_name, last_name
    from raw_people where profile_id = (select profile_id from profile)
    union all
    select record_key, occurred_at, anonymous_id, email, null, person, null, null, null, null, null, null
    from raw_touches where profile_id = (select profile_id from profile)
)
select n.record_key, n.seen_at, n.anonymous_id, clean_email(n.email) as email, p.e164 as phone, n.user_id,
       n.stripe_customer_id, n.ghl_contact_id, n.shopify_customer_id, n.mercadopago_payer_id,
       n.first_name, n.last_name
from named n
left join phones p on p.written = n.phone;

-- Every identifier with its number for the graph, its strength (I4) and when it was first seen.
create or replace temp table known_identifiers as
with spread as (
    unpivot (select record_key, seen_at, email, phone, user_id, stripe_customer_id, ghl_contact_id,
                    shopify_customer_id, mercadopago_payer_id from sightings)
    on email, phone, user_id, stripe_customer_id, ghl_contact_id, shopify_customer_id, mercadopago_payer_id
    into name kind value value
), counted as (
    select kind, value, count(*) as records, min(seen_at) as first_seen_at from spread group by kind, value
)
select (row_number() over (order by kind, value) - 1)::integer as node, kind, value, records, first_seen_at,
       list_position(['email', 'phone', 'user_id', 'stripe_customer_id', 'ghl_contact_id', 'shopify_customer_id',
                      'mercadopago_payer_id'], kind) as strength,
       md5(kind || ':' || value)::uuid as alias_id
from counted;

-- The same sightings by node number, each combination once.
create or replace temp table combinations as
select e.node as email, p.node as phone, u.node as user_id, s.node as stripe_customer_id, g.node as ghl_contact_id,
       h.node as shopify_customer_id, m.node as mercadopago_payer_id, anonymous_id,
       min(x.seen_at) as seen_at
from sightings x
left join known_identifiers e on e.kind = 'email' and e.value = x.email
left join known_identifiers p on p.kind = 'phone' and p.value = x.phone
left join known_identifiers u on u.kind = 'user_id' and u.value = x.user_id
left join known_identifiers s on s.kind = 'stripe_customer_id' and s.value = x.stripe_customer_id
left join known_identifiers g on g.kind = 'ghl_contact_id' and g.value = x.ghl_contact_id
left join known_identifiers h on h.kind = 'shopify_customer_id' and h.value = x.shopify_customer_id
left join known_identifiers m on m.kind = 'mercadopago_payer_id' and m.value = x.mercadopago_payer_id
group by all;

-- Each time somebody was named on a device, in order of time.
create or replace temp table device_sightings as
select x.anonymous_id, x.seen_at, x.record_key, e.node as email, p.node as phone, u.node as user_id,
       s.node as stripe_customer_id, g.node as ghl_contact_id, h.node as shopify_customer_id,
       m.node as mercadopago_payer_id
from sightings x
left join known_identifiers e on e.kind = 'email' and e.value = x.email
left join known_identifiers p on p.kind = 'phone' and p.value = x.phone
left join known_identifiers u on u.kind = 'user_id' and u.value = x.user_id
left join known_identifiers s on s.kind = 'stripe_customer_id' and s.value = x.stripe_customer_id
left join known_identifiers g on g.kind = 'ghl_contact_id' and g.value = x.ghl_contact_id
left join known_identifiers h on h.kind = 'shopify_customer_id' and h.value = x.shopify_customer_id
left join known_identifiers m on m.kind = 'mercadopago_payer_id' and m.value = x.mercadopago_payer_id
where x.anonymous_id is not null
  and coalesce(e.node, p.node, u.node, s.node, g.node, h.node, m.node) is not null;

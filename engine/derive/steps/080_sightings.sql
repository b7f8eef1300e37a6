-- Where identifiers were seen together (I1-I3), normalised and numbered for the graph.

-- Blanks of every kind around an address go: also tabs, and those that a web page or a spreadsheet brings along.
create or replace temp macro without_blanks(text) as
    trim(text, ' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(8203) || chr(65279));

create or replace temp macro clean_email(text) as
    case when regexp_full_match(without_blanks(text), '[^@\s]+@[^@\s]+') then lower(without_blanks(text)) end;

-- What the user filled in (I5), with the record it counts as: a raw record of its own, or one that names both sides.
create or replace temp table fills as
select case left_kind when 'record' then left_value::uuid
                      else md5(concat_ws(chr(31), 'fill', left_kind, left_value, right_kind, right_value))::uuid end
           as record_key,
       left_kind, left_value, right_kind, right_value
from identity_decisions
where decision = 'fill' and undone_at is null and profile_id = (select profile_id from profile);

-- One row a raw record that names anybody. A user id written as an email is that email, where no other is given.
create or replace temp table sightings as
with named as (
    select record_key, occurred_at as seen_at, anonymous_id, email, phone, user_id,
           null::varchar as stripe_customer_id, null::varchar as ghl_contact_id,
           null::varchar as shopify_customer_id, null::varchar as mercadopago_payer_id, first_name, last_name
    from live_events
    where coalesce(email, phone, user_id) is not null
      and (anonymous_id is null
           or event_type in (select event_type from server_event_types)  -- rightly told by a program (E6)
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
    from live_touches
), told as (
    select n.record_key, n.seen_at, n.anonymous_id,
           coalesce(clean_email(n.email), clean_email(n.user_id)) as email, p.e164 as phone, n.user_id,
           n.stripe_customer_id, n.ghl_contact_id, n.shopify_customer_id, n.mercadopago_payer_id,
           n.first_name, n.last_name, false as is_filled
    from named n
    left join phones p on p.written = n.phone
), filled as (
    select *,
           case when left_kind = right_kind or left_kind in ('record', 'anonymous_id') then null else left_kind end
               as own_kind
    from fills
    -- of what is no longer there, nothing is filled in
    where case left_kind
              when 'record' then record_key in (select record_key from live_conversions
                                                union all select record_key from live_events)
              when 'anonymous_id' then left_value in (select anonymous_id from live_events
                                                      union all select anonymous_id from live_conversions)
              when 'email' then left_value in (select email from told)
              when 'phone' then left_value in (select phone from told)
              when 'user_id' then left_value in (select user_id from told)
              when 'stripe_customer_id' then left_value in (select stripe_customer_id from told)
              when 'ghl_contact_id' then left_value in (select ghl_contact_id from told)
              when 'shopify_customer_id' then left_value in (select shopify_customer_id from told)
              when 'mercadopago_payer_id' then left_value in (select mercadopago_payer_id from told)
          end
), whole as (
    from told
    union all
    select record_key, null, null,
           case 'email' when right_kind then right_value when own_kind then left_value end,
           case 'phone' when right_kind then right_value when own_kind then left_value end,
           case own_kind when 'user_id' then left_value end,
           case own_kind when 'stripe_customer_id' then left_value end,
           case own_kind when 'ghl_contact_id' then left_value end,
           case own_kind when 'shopify_customer_id' then left_value end,
           case own_kind when 'mercadopago_payer_id' then left_value end,
           case when right_kind = 'name' then split_part(right_value, ' ', 1) end,
           case when right_kind = 'name' and contains(right_value, ' ')
                then trim(right_value[position(' ' in right_value):]) end,
           true
    from filled
)
select row_number() over () as sighting, * from whole;

-- Devices are identifiers of the graph only where the user merged them with somebody (I5).
create or replace temp table merged_devices as
select anonymous_id, min(occurred_at) as first_seen_at, max(occurred_at) as last_seen_at, count(*) as records
from (select anonymous_id, occurred_at from live_events
      union all select anonymous_id, occurred_at from live_conversions
      union all select anonymous_id, occurred_at from live_touches)
where anonymous_id in (
    select unnest([case when left_kind = 'anonymous_id' then left_value end,
                   case when right_kind = 'anonymous_id' then right_value end])
    from identity_decisions
    where decision in ('merge', 'fill') and undone_at is null and profile_id = (select profile_id from profile))
group by anonymous_id;

-- Every identifier, numbered by its claim on a person's id (I4): the strongest kind first, of one kind the earliest
-- seen. The smallest number among a person's identifiers is the one that gives the id.
create or replace temp table known_identifiers as
with spread as (
    unpivot (select seen_at, is_filled, email, phone, user_id, stripe_customer_id, ghl_contact_id,
                    shopify_customer_id, mercadopago_payer_id from sightings)
    on email, phone, user_id, stripe_customer_id, ghl_contact_id, shopify_customer_id, mercadopago_payer_id
    into name kind value value
), counted as (
    select kind, value, count(*) filter (not is_filled) as records, min(seen_at) as first_seen_at, max(seen_at) as last_seen_at
    from spread group by kind, value
    union all
    select 'anonymous_id', anonymous_id, records, first_seen_at, last_seen_at from merged_devices
), ranked as (
    select *, list_position(['email', 'phone', 'user_id', 'stripe_customer_id', 'ghl_contact_id',
                             'shopify_customer_id', 'mercadopago_payer_id', 'anonymous_id'], kind) as strength
    from counted
)
select (row_number() over (order by strength, first_seen_at nulls last, value) - 1)::integer as node,
       kind, value, strength, records, first_seen_at, last_seen_at, md5(kind || ':' || value)::uuid as alias_id
from ranked;

-- The same sightings by number.
create or replace temp table sighting_nodes as
select x.sighting, e.node as email, p.node as phone, u.node as user_id, s.node as stripe_customer_id,
       g.node as ghl_contact_id, h.node as shopify_customer_id, m.node as mercadopago_payer_id
from sightings x
left join known_identifiers e on e.kind = 'email' and e.value = x.email
left join known_identifiers p on p.kind = 'phone' and p.value = x.phone
left join known_identifiers u on u.kind = 'user_id' and u.value = x.user_id
left join known_identifiers s on s.kind = 'stripe_customer_id' and s.value = x.stripe_customer_id
left join known_identifiers g on g.kind = 'ghl_contact_id' and g.value = x.ghl_contact_id
left join known_identifiers h on h.kind = 'shopify_customer_id' and h.value = x.shopify_customer_id
left join known_identifiers m on m.kind = 'mercadopago_payer_id' and m.value = x.mercadopago_payer_id;

-- A device whose id is a placeholder ("undefined") is many devices: nobody's.
create or replace temp table placeholder_devices as
select distinct anonymous_id
from sightings
where lower(anonymous_id) in (select value from placeholders where kind in ('any', 'anonymous_id'));

-- Each time somebody was named on a device, in order. `moment` is from when it counts (I3): the start of the visit it
-- happened in, else its own time; what the user decided counts from the beginning; undated records come last.
-- At one instant whoever gave an email comes first.
create or replace temp table device_sightings as
with named as (
    select x.sighting, x.anonymous_id, x.seen_at, x.record_key, v.started_at, n.* exclude (sighting)
    from sightings x
    join sighting_nodes n using (sighting)
    left join event_visits e on e.event_key = x.record_key
    left join visit_spans v on v.visit_id = e.visit_id
    where x.anonymous_id is not null
      and x.anonymous_id not in (select anonymous_id from placeholder_devices)
      and coalesce(n.email, n.phone, n.user_id, n.stripe_customer_id, n.ghl_contact_id, n.shopify_customer_id,
                   n.mercadopago_payer_id) is not null
), servers as (
    select * from named where started_at is null
), placed as (
    select * exclude (started_at), null::integer as device, started_at as moment
    from named where started_at is not null
    union all
    -- what a server told of a device belongs to the visit it fell into, or came right after
    select s.* exclude (started_at), null,
           coalesce(case when s.seen_at <= v.ended_at + (select session_timeout from profile) then v.started_at end,
                    s.seen_at, timestamp 'infinity')
    from servers s
    asof left join (from visit_spans semi join servers using (anonymous_id)) v
        on v.anonymous_id = s.anonymous_id and s.seen_at >= v.started_at
    union all
    select null, value, null, null, null, null, null, null, null, null, null, node, timestamp '-infinity'
    from known_identifiers where kind = 'anonymous_id'
)
select *, row_number() over (order by anonymous_id, moment, seen_at nulls last, email is null, record_key) - 1 as place
from placed;

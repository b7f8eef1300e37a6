-- Every raw record that tells of a conversion or a refund: its goal (G1, G4), its person, its own campaign data.

-- An instant in a payload, in UTC. One without an offset is in the profile's zone, as everywhere in imported files.
create or replace temp macro told_instant(text, zone) as
    case
        when regexp_full_match(text, '\d{10}') then make_timestamp(text::bigint * 1000000)
        when regexp_full_match(text, '\d{13}') then make_timestamp(text::bigint * 1000)
        when regexp_matches(text, ':\d{2}([.,]\d+)?\s*(Z|z|UTC|GMT|[+\-]\d{2}(:?\d{2})?)$') then
            timezone('UTC', try_cast(text as timestamptz))
        else timezone('UTC', timezone(zone, try_cast(text as timestamp)))
    end;

-- Anybody can send anything in a payload: what is no time, or none of this age, is none.
create or replace temp macro payload_instant(text, zone) as
    case when try(told_instant(text, zone)) between timestamp '1990-01-01' and timestamp '2100-01-01'
         then try(told_instant(text, zone)) end;

-- What those are called that a CRM assigns to by id, where it was asked.
create or replace temp table assigned_names as
select object_id as assigned_user,
       arg_max(coalesce(nullif(trim(content->>'$.name'), ''),
                        nullif(trim(concat_ws(' ', content->>'$.firstName', content->>'$.lastName')), '')),
               (fetched_at, content_hash)) as name
from provider_objects
where profile_id = (select profile_id from profile) and object_type = 'user' and not is_deleted
group by object_id;

create or replace temp table conversion_records as
with told as (
    select 'raw_conversions' as raw_table, c.record_key, c.content_hash, c.conversion_id as source_id, c.event_type,
           coalesce(g.goal, s.goal) as goal, g.goal is null and s.goal is not null as is_stage, c.as_of, c.deal_id,
           c.occurred_at, c.anonymous_id,
           c.value_amount as amount, c.currency, c.revenue_type, c.refund_of, c.payment_id, c.order_id,
           c.checkout_token, lower(c.gateway) as gateway, c.gateway_payment_id, c.source, c.campaign_id, c.ad_set_id, c.ad_id, c.utm_source, c.utm_medium, c.utm_campaign, c.utm_content,
           c.utm_term, c.gclid, c.pipeline, c.stage, c.calendar, coalesce(n.name, c.assigned_user) as assigned_user,
           c.starts_at, c.ends_at,
           c.status
    from live_conversions c
    left join assigned_names n on n.assigned_user = c.assigned_user
    left join goal_of_event g on g.event_type = c.event_type
    left join stage_map s on g.goal is null and s.stage = c.stage and s.pipeline is not distinct from c.pipeline
    union all
    -- the event file has no columns for these ids; they stand in the payload
    select 'raw_events', e.record_key, e.content_hash, coalesce(e.event_id, e.record_key::varchar), e.event_type,
           g.goal, false, null, e.payload->>'deal_id', e.occurred_at, e.anonymous_id,
           e.value_amount, e.currency, null, e.payload->>'refund_of', e.payload->>'payment_id', e.order_id,
           e.checkout_token, null, null,
           null, null, null, null, e.utm_source, e.utm_medium, e.utm_campaign, e.utm_content, e.utm_term,
           coalesce(e.gclid, url_parameter(e.url, 'gclid')),
           null, null, null, null, payload_instant(e.payload->>'starts_at', z.timezone),
           payload_instant(e.payload->>'ends_at', z.timezone), null
    from live_events e
    cross join (select timezone from profile) z
    left join goal_of_event g on g.event_type = e.event_type
    left join agents a on a.user_agent = e.user_agent
    where (g.goal is not null or e.event_type in ('refund', 'payment_refunded', 'dispute_lost', 'chargeback'))
      -- what a server sends is no bot's, whatever program it names itself as (E6)
      and (e.anonymous_id is null or a.agent_kind is distinct from 'bot'
           or e.event_type in (select event_type from server_event_types))
), placed as (
    select t.*, v.visit_id, coalesce(p.started_at, t.occurred_at) as owned_at
    from told t
    left join new_events v on v.event_key = t.record_key
    left join visit_people p on p.visit_id = v.visit_id
), people_with_email as (
    select distinct p.person_id
    from identifier_people p join known_identifiers k using (node)
    where k.kind = 'email' and p.person_id is not null
)
select t.* exclude (owned_at, revenue_type, gclid), k.click_ad,
       coalesce(t.revenue_type, g.revenue_type) as revenue_type, g.revenue_type as goal_revenue_type,
       -- T3; a payment of less than nothing is one too
       coalesce(t.refund_of is not null
                or t.event_type in ('refund', 'payment_refunded', 'dispute_lost', 'chargeback')
                or (coalesce(t.revenue_type, g.revenue_type) = 'cash' and t.amount < 0), false) as is_refund,
       -- own identifiers first, else whose device it was then
       coalesce(n.person_id, o.person_id, device_person(t.anonymous_id)) as person_id,
       e.person_id is not null as is_known_by_email,
       -- a tracked conversion inside a visit is told where it came from by that visit
       (t.raw_table = 'raw_conversions' or t.visit_id is null)
           and (coalesce(t.campaign_id, t.ad_set_id, t.ad_id, t.utm_campaign) is not null or k.click_ad is not null)
           as has_campaign,
       (t.raw_table = 'raw_conversions' or t.visit_id is null) and t.gclid is not null as has_click_id
from placed t
left join goals g on g.goal = t.goal and g.profile_id = (select profile_id from profile)
left join clicks k on k.gclid = hash(t.gclid)
left join record_people n on n.record_key = t.record_key
asof left join owner_changes o on o.anonymous_id = t.anonymous_id and t.owned_at >= o.from_at
left join people_with_email e on e.person_id = coalesce(n.person_id, o.person_id);

-- Every raw record that tells of a conversion or a refund, with its goal (G1, G4), its person and its own campaign data.

create or replace temp table conversion_records as
with told as (
    select 'raw_conversions' as raw_table, c.record_key, c.content_hash, c.conversion_id as source_id, c.event_type,
           coalesce(g.goal, s.goal) as goal, c.occurred_at, c.anonymous_id,
           c.value_amount as amount, c.currency, c.revenue_type, c.refund_of, c.payment_id, c.order_id, c.checkout_token,
           c.source, c.campaign_id, c.ad_set_id, c.ad_id, c.utm_source, c.utm_medium, c.utm_campaign, c.utm_content,
           c.utm_term, c.pipeline, c.stage, c.calendar, c.assigned_user, c.starts_at, c.ends_at, c.status
    from live_conversions c
    left join goal_of_event g on g.event_type = c.event_type
    left join stage_map s on g.goal is null and s.stage = c.stage and s.pipeline is not distinct from c.pipeline
    union all
    select 'raw_events', e.record_key, e.content_hash, coalesce(e.event_id, e.record_key::varchar), e.event_type,
           g.goal, e.occurred_at, e.anonymous_id,
           e.value_amount, e.currency, null, null, null, e.order_id, e.checkout_token,
           null, null, null, null, null, null, null, null, null, null, null, null, null,
           try_cast(e.payload->>'starts_at' as timestamptz)::timestamp, try_cast(e.payload->>'ends_at' as timestamptz)::timestamp,
           null
    from live_events e
    join goal_of_event g on g.event_type = e.event_type
    left join agents a on a.user_agent = e.user_agent
    where e.anonymous_id is null or a.agent_kind is distinct from 'bot'
), named as (
    -- own identifiers first, the strongest one that belongs to somebody
    select k.record_key, arg_min(p.person_id, k.strength) as person_id
    from (
        select record_key, strength, node from (
            unpivot (select record_key, email, phone, user_id, stripe_customer_id, ghl_contact_id, shopify_customer_id,
                            mercadopago_payer_id from sightings)
            on email, phone, user_id, stripe_customer_id, ghl_contact_id, shopify_customer_id, mercadopago_payer_id
            into name kind value value
        ) join known_identifiers using (kind, value)
    ) k
    join identifier_people p on p.node = k.node and p.person_id is not null
    group by k.record_key
), placed as (
    select t.*, v.visit_id, coalesce(p.started_at, t.occurred_at) as owned_at
    from told t
    left join event_visits v on v.event_key = t.record_key
    left join visit_people p on p.visit_id = v.visit_id
)
select t.* exclude (owned_at),
       coalesce(t.refund_of is not null or t.event_type in
                ('refund', 'payment_refunded', 'dispute_lost', 'chargeback'), false) as is_refund,
       coalesce(n.person_id, o.person_id,
                case when t.anonymous_id is not null then device_person(t.anonymous_id) end) as person_id
from placed t
left join named n on n.record_key = t.record_key
asof left join owner_changes o on o.anonymous_id = t.anonymous_id and t.owned_at >= o.from_at;

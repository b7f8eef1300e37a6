-- Conversions: one a group. The fullest record stands for it; what that one leaves out is taken from the others. Of an
-- appointment that is the appointment itself, not a stage that tells of it; a deal is worth what it was last said to be.

create or replace temp table ranked_records as
select *, md5(group_key)::uuid as conversion_id, row_number() over standing as rank,
       row_number() over (partition by group_key
                          order by amount is null, raw_table, gateway is not null, deal_id is null,
                                   case when deal_id is not null then as_of end desc,
                                   occurred_at, source_id, record_key) as worth,
       payment_id is not null and revenue_type = 'cash' and raw_table = 'raw_conversions' and gateway is null
           and amount is not null and source is not distinct from first_value(source) over standing as is_payment
from grouped_records
window standing as (partition by group_key
                    order by is_stage and goal in ('appointment_booked', 'showed', 'no_show'),
                             amount is null, raw_table, gateway is not null, occurred_at, source_id, record_key);

create or replace temp table converted as
with told as (
    select conversion_id, arg_min(source_id, rank) as source_id, arg_min(raw_table, rank) as raw_table,
           arg_min(record_key, rank) as record_key, arg_min(content_hash, rank) as content_hash,
           count(*) as records,
           -- who is known by an email is meant, not the nameless customer id a payment carries
           arg_min(person_id, (not is_known_by_email, rank)) as person_id, arg_min(visit_id, rank) as visit_id,
           arg_min(goal, rank) as goal, arg_min(revenue_type, rank) as final_revenue_type,
           arg_min(is_eligible, rank) as is_eligible, arg_min(is_negative, rank) as is_negative,
           -- a payment has happened when the last record its processor has of it came about: an invoice's intent is as
           -- old as the invoice, its charge is not
           case arg_min(goal, rank) when 'lead_created' then min(occurred_at)
               else coalesce(max(occurred_at) filter (is_payment), arg_min(occurred_at, rank)) end as happened_at,
           arg_min(amount, worth) as amount,
           arg_min(coalesce(currency, (select currency from profile)), worth) filter (amount is not null)
               as final_currency,
           arg_min(order_id, rank) as order_id, arg_min(payment_id, rank) as payment_id,
           arg_min(deal_id, rank) as deal_id, arg_min(pipeline, rank) as pipeline, arg_min(stage, rank) as stage,
           arg_min(calendar, rank) as calendar,
           arg_min(assigned_user, rank) as assigned_user, arg_min(starts_at, rank) as starts_at,
           arg_min(ends_at, rank) as ends_at, arg_min(status, rank) as status,
           arg_min(utm_source, rank) as utm_source, arg_min(utm_medium, rank) as utm_medium,
           arg_min(utm_campaign, rank) as utm_campaign,
           arg_min(record_key, rank) filter (has_campaign) as campaign_record, bool_or(has_click_id) as has_click_id,
           bool_or(raw_table = 'raw_events') as is_tracked, bool_or(raw_table = 'raw_conversions') as is_crm
    from ranked_records
    group by conversion_id
)
select * rename (happened_at as occurred_at), local_day(happened_at) as converted_on from told;

-- Refunds (T3): negative cash on their own day, at their payment's rate. The payment is named by its payment id or by
-- the id of any record that tells of it, else by its order when that has one payment.
create or replace temp table payment_names as
select named.name, arg_min(g.conversion_id, (g.occurred_at, g.conversion_id)) as conversion_id
from (select r.conversion_id, r.source_id, r.payment_id, c.occurred_at
      from ranked_records r join converted c using (conversion_id) where c.final_revenue_type = 'cash') g,
     lateral (select unnest([g.source_id, g.payment_id]) as name) named
where named.name is not null
group by named.name;

create or replace temp table order_names as
select named.name, min(g.order_key) as order_key
from ranked_records g,
     lateral (select unnest([case when g.is_order then g.source_id end, g.order_id, g.checkout_token]) as name) named
where g.order_key is not null and named.name is not null
group by named.name;

create or replace temp table order_payments as
select r.order_key,
       case count(distinct c.conversion_id) filter (c.final_revenue_type = 'cash') when 1
           then min(c.conversion_id) filter (c.final_revenue_type = 'cash') end as conversion_id,
       count(*) filter (c.final_revenue_type = 'cash') = 0 as is_unpaid
from ranked_records r join converted c using (conversion_id)
where r.order_key is not null group by r.order_key;

create or replace temp table refunds as
with found as (
    select r.*, coalesce(n.conversion_id, p.conversion_id, o.conversion_id) as payment, o.is_unpaid
    from conversion_records r
    left join payment_names n on n.name = r.refund_of
    left join payment_names p on p.name = r.payment_id
    left join order_names a on a.name = r.refund_of
    left join order_names b on b.name = r.order_id
    left join order_names c on c.name = r.checkout_token
    left join order_payments o on o.order_key = coalesce(a.order_key, b.order_key, c.order_key)
    where r.is_refund and r.amount is not null and coalesce(r.revenue_type, 'cash') = 'cash'
      and coalesce(r.refund_of not in (select source_id from told_elsewhere), true)
), matched as (
    select *, row_number() over (partition by payment, gateway, abs(amount), currency
                                 order by occurred_at, record_key) as turn
    from found
), copies as (
    -- what the processor takes back itself, as often as it does
    select m.record_key
    from matched m join found o on o.payment = m.payment and lower(o.source) = m.gateway and o.gateway is null
    where m.currency is distinct from o.currency or abs(m.amount) = abs(o.amount)
    group by m.record_key, m.turn
    having m.turn <= count(*)
)
select f.record_key, f.raw_table, f.occurred_at, local_day(f.occurred_at) as booked_on, f.person_id,
       -abs(f.amount) as amount, coalesce(f.currency, c.final_currency, (select currency from profile)) as currency,
       c.conversion_id, c.final_currency as payment_currency, c.converted_on as payment_day,
       c.person_id as payment_person
from found f
anti join copies using (record_key)
left join converted c on c.conversion_id = f.payment
-- what never came in as cash cannot go out as cash: orders nobody paid here, and refunds a page merely mentions
where f.payment is not null
   or not (coalesce(f.is_unpaid, false) or (f.raw_table = 'raw_events' and f.goal is null));

drop table told_elsewhere;

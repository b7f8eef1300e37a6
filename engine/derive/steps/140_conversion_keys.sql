-- Which records tell of the same thing (G2). Each record gets a group key; the records of one key are one conversion.

-- Orders: by order id; one that names only the checkout is the order that names it too, and a checkout makes one order,
-- whatever ids the pixel and the API know it by.
create or replace temp table checkout_orders as
select checkout_token, arg_min(order_id, (occurred_at, order_id)) as order_key
from conversion_records
where not is_refund and order_id is not null and checkout_token is not null
group by checkout_token;

create or replace temp table order_aliases as
select r.order_id, arg_min(k.order_key, (r.occurred_at, k.order_key)) as order_key
from conversion_records r join checkout_orders k using (checkout_token)
where not r.is_refund and r.order_id is not null
group by r.order_id;

create or replace temp table told_records as
select r.*, g.is_eligible, g.is_negative,
       coalesce(a.order_key, k.order_key, r.order_id) as order_key,
       g.revenue_type = 'gross' and coalesce(r.order_id, r.checkout_token) is not null as is_order,
       -- A deal reaches a goal once, by however many stages and outcomes that is told. Payments and appointments of one
       -- deal may be several: of those only its stages are one.
       case when r.is_stage or not (r.goal in ('appointment_booked', 'showed', 'no_show')
                                    or r.event_type = 'payment_received' or r.payment_id is not null)
            then r.goal || chr(31) || 'deal' || chr(31) || r.deal_id end as deal_key
from conversion_records r
join goals g on g.goal = r.goal and g.profile_id = (select profile_id from profile)
left join order_aliases a on a.order_id = r.order_id
left join checkout_orders k on k.checkout_token = r.checkout_token
where not r.is_refund;

-- What a shop tells of a payment that somebody else processed, and told of too, is that payment: by its id there, else as
-- one of the same order and amount. Where the shop tells no id that is surely the processor's (`pi_..`; a number or a
-- reference may be anybody's), and the processor tells of payments of that time, it tells of this one among them: the
-- shop's word is left out (G2). What nobody else tells of counts.
create or replace temp table processed as
select record_key, source_id, gateway, gateway_payment_id, order_key, amount, currency, occurred_at
from told_records
where gateway is not null and not is_order and revenue_type = 'cash';

create or replace temp table processor_payments as
select record_key, lower(source) as source, source_id, payment_id, order_id, checkout_token,
       coalesce(payment_id, source_id) as payment, order_key, amount, currency, occurred_at
from told_records
where gateway is null and not is_order and revenue_type = 'cash' and raw_table = 'raw_conversions'
  and lower(source) in (select gateway from processed);

create or replace temp table same_payments as
with names as (
    select source, payment, source_id as name from processor_payments
    union
    select source, payment, unnest([payment_id, order_id, checkout_token]) from processor_payments
), by_id as (
    select p.record_key, min(n.payment) as payment
    from processed p join names n on n.source = p.gateway and n.name = p.gateway_payment_id
    group by p.record_key
), by_order as (
    select p.record_key, min(o.payment) as payment
    from processed p
    join processor_payments o
        on o.source = p.gateway and o.order_key = p.order_key and o.amount = p.amount
       and o.currency is not distinct from p.currency
    where p.record_key not in (select record_key from by_id)
    group by p.record_key
), found as (
    select * from by_id union all select * from by_order
)
select * from found
union all
-- a record without a payment id is known by its own from now on
select o.record_key, o.payment from processor_payments o
where o.payment_id is null and o.payment in (select payment from found);

create or replace temp table told_elsewhere as
with told as (
    select source, min(occurred_at) as first_at, max(occurred_at) as last_at from processor_payments group by source
)
select p.record_key, p.source_id
from processed p join told t on t.source = p.gateway
where not coalesce(regexp_full_match(p.gateway_payment_id, '[a-z]+_\w+'), false)
  and p.record_key not in (select record_key from same_payments)
  and p.occurred_at between t.first_at - interval 1 hour and t.last_at + interval 7 day;

delete from told_records where record_key in (select record_key from told_elsewhere);

drop table processed;
drop table processor_payments;

-- Payments: by payment id. What names only the checkout or the order belongs to the one payment that names it too.
create or replace temp table payments as
with checkout_payments as (
    select checkout_token, arg_min(coalesce(payment, payment_id), (occurred_at, coalesce(payment, payment_id)))
               as payment_id
    from told_records left join same_payments using (record_key)
    where not is_order and revenue_type = 'cash' and coalesce(payment, payment_id) is not null
      and checkout_token is not null
    group by checkout_token
)
select r.record_key, r.raw_table, r.source_id, r.order_key, r.checkout_token, r.deal_key,
       coalesce(s.payment, r.payment_id, c.payment_id) as payment_id
from told_records r
left join same_payments s using (record_key)
left join checkout_payments c on c.checkout_token = r.checkout_token
where not r.is_order and r.revenue_type = 'cash';

create or replace temp table payment_keys as
with lone_payments as (
    -- orders of one payment whose checkout nobody told, and of one checkout whose payment nobody told: the same payment
    select order_key, min(payment_id) as payment_id
    from payments where order_key is not null
    group by order_key
    having count(distinct payment_id) = 1 and count(checkout_token) filter (payment_id is not null) = 0
       and count(distinct checkout_token) = 1
), identified as (
    select p.*, coalesce('payment' || chr(31) || coalesce(p.payment_id, case when p.checkout_token is not null
                                                                          then l.payment_id end),
                         'checkout' || chr(31) || p.checkout_token) as payment_key
    from payments p left join lone_payments l using (order_key)
), order_payments as (
    select order_key,
           case count(distinct payment_key) when 1 then min(payment_key) end as payment_key,
           count(payment_key) = 0 as is_unidentified,
           case count(*) filter (raw_table = 'raw_conversions') when 1
               then min(source_id) filter (raw_table = 'raw_conversions') end as only_record
    from identified where order_key is not null group by order_key
)
select i.record_key,
       case
           when i.payment_key is not null then i.payment_key
           when o.payment_key is not null then o.payment_key
           -- two provider records without any payment id may well be two payments of the order; two tracked ones are a
           -- page loaded twice, and what the provider's one record tells of
           when i.raw_table = 'raw_events' and o.is_unidentified then
               coalesce('record' || chr(31) || 'raw_conversions' || chr(31) || o.only_record,
                        'paid order' || chr(31) || i.order_key)
           else coalesce(i.deal_key, concat_ws(chr(31), 'record', i.raw_table, i.source_id))
       end as payment_key
from identified i left join order_payments o using (order_key);

create or replace temp table keyed_records as
select r.*,
       coalesce('cash' || chr(31) || p.payment_key,
                case when r.is_order then
                    concat_ws(chr(31), r.goal, coalesce('order' || chr(31) || r.order_key,
                                                        'checkout' || chr(31) || r.checkout_token)) end,
                r.deal_key,
                concat_ws(chr(31), r.goal, 'record', r.raw_table, r.source_id)) as group_key
from told_records r
left join payment_keys p using (record_key);

drop table told_records;
drop table payments;
drop table same_payments;
drop table payment_keys;

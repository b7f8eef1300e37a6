-- Which records tell of the same thing (G2). Each record gets a group; a group is one conversion.

-- Payments: by payment id; an object that names only the order or the checkout joins the payment that names it too.
-- Orders: by order id; one that names only the checkout joins the order that names it too.
create or replace temp table payment_keys as
with direct as (
    select payment_id, order_id, checkout_token, occurred_at from conversion_records
    where goal in (select goal from goal_of_event where revenue_type = 'cash') and not is_refund and payment_id is not null
)
select 'checkout' as named_by, checkout_token as name, arg_min(payment_id, (occurred_at, payment_id)) as payment_id
from direct where checkout_token is not null group by checkout_token
union all
select 'order', order_id, arg_min(payment_id, (occurred_at, payment_id))
from direct where order_id is not null group by order_id having count(distinct payment_id) = 1;

create or replace temp table order_keys as
select checkout_token, arg_min(order_id, (occurred_at, order_id)) as order_id
from conversion_records
where not is_refund and order_id is not null and checkout_token is not null
group by checkout_token;

create or replace temp table keyed_records as
select r.*,
       coalesce(r.revenue_type, g.revenue_type) as final_revenue_type, g.is_eligible, g.is_negative,
       case
           when g.revenue_type = 'cash' then
               coalesce('payment' || chr(31) || coalesce(r.payment_id, c.payment_id, o.payment_id),
                        'checkout' || chr(31) || r.checkout_token, 'record' || chr(31) || r.source_id)
           when g.revenue_type = 'gross' and coalesce(r.order_id, r.checkout_token) is not null then
               coalesce('order' || chr(31) || coalesce(r.order_id, k.order_id), 'checkout' || chr(31) || r.checkout_token)
           else 'record' || chr(31) || r.source_id
       end as group_key
from conversion_records r
join (select distinct goal, revenue_type, is_eligible, is_negative from goals
      where profile_id = (select profile_id from profile)) g on g.goal = r.goal
left join payment_keys c on c.named_by = 'checkout' and c.name = r.checkout_token
left join payment_keys o on o.named_by = 'order' and o.name = r.order_id
left join order_keys k on k.checkout_token = r.checkout_token
where not r.is_refund;

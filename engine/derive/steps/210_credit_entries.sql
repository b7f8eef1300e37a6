-- What there is to credit: every conversion, and every refund on the day it happened (T3, A5).

create or replace temp table entries as
with told as (
    select conversion_id as entry_id, conversion_id, person_id, false as is_refund, goal, occurred_at,
           converted_on as booked_on, is_eligible and not is_negative as is_credited,
           is_eligible and counts_as_outcome as is_outcome,
           is_eligible and not is_negative and not counts_as_outcome as is_paid_order,
           revenue_type = 'cash' and amount is not null as is_payment,
           case when revenue_type = 'cash' then amount_reporting end as cash
    from new_conversions
    union all
    select x.entry_id, x.conversion_id, x.person_id, true, c.goal, x.occurred_at, x.booked_on,
           coalesce(c.is_eligible and not c.is_negative, false), false, false, false, x.amount_reporting
    from new_cash x left join new_conversions c using (conversion_id)
    where x.entry = 'refund'
)
select (row_number() over (order by occurred_at, entry_id))::integer as entry_no, *,
       case when goal is null then 0 else (dense_rank() over (order by goal))::integer end as goal_no
from told;

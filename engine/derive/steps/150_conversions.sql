-- Conversions: one a group, told by its fullest record. Amounts in the reporting currency at the day's rate (T2).

create or replace temp table chosen_records as
select *, md5(concat_ws(chr(31), goal, group_key))::uuid as conversion_id,
       count(*) over same as records,
       first_value(person_id ignore nulls) over ranked as group_person,
       first_value(visit_id ignore nulls) over ranked as group_visit,
       first_value(order_id ignore nulls) over ranked as group_order,
       first_value(payment_id ignore nulls) over ranked as group_payment,
       first_value(campaign_id ignore nulls) over ranked as group_campaign_id,
       first_value(ad_set_id ignore nulls) over ranked as group_ad_set_id,
       first_value(ad_id ignore nulls) over ranked as group_ad_id,
       first_value(starts_at ignore nulls) over ranked as group_starts_at,
       first_value(ends_at ignore nulls) over ranked as group_ends_at,
       bool_or(raw_table = 'raw_events') over same as is_tracked,
       bool_or(raw_table = 'raw_conversions') over same as is_crm,
       row_number() over ranked as rank
from grouped_records
window same as (partition by goal, group_key),
       ranked as (partition by goal, group_key
                  order by (goal = 'lead_created') desc, case when goal = 'lead_created' then occurred_at end,
                           amount is null, raw_table, occurred_at, source_id
                  rows between unbounded preceding and unbounded following);

create or replace temp table converted as
select c.* exclude (person_id, visit_id, order_id, payment_id, campaign_id, ad_set_id, ad_id, starts_at, ends_at),
       c.group_person as person_id, c.group_visit as visit_id, c.group_order as order_id, c.group_payment as payment_id,
       c.group_campaign_id as campaign_id, c.group_ad_set_id as ad_set_id, c.group_ad_id as ad_id,
       c.group_starts_at as starts_at, c.group_ends_at as ends_at,
       local_day(c.occurred_at) as converted_on,
       case when c.amount is not null then coalesce(c.currency, (select currency from profile)) end as final_currency
from chosen_records c
where c.rank = 1;

-- Refunds (T3): negative cash on their own day, at their payment's rate.
create or replace temp table refunds as
with payments as (
    select named.name, arg_min(g.conversion_id, (g.occurred_at, g.conversion_id)) as conversion_id
    from (select conversion_id, occurred_at, source_id, group_payment, final_revenue_type from chosen_records) g,
         lateral (select unnest([g.source_id, g.group_payment]) as name) named
    where g.final_revenue_type = 'cash' and named.name is not null
    group by named.name
)
select r.record_key, r.raw_table, r.occurred_at, local_day(r.occurred_at) as booked_on, r.person_id,
       -abs(r.amount) as amount, coalesce(r.currency, c.final_currency, (select currency from profile)) as currency,
       c.conversion_id, c.final_currency as payment_currency, c.converted_on as payment_day, c.person_id as payment_person
from conversion_records r
left join payments p on p.name = coalesce(r.refund_of, r.payment_id)
left join converted c on c.conversion_id = p.conversion_id
where r.is_refund and r.amount is not null;

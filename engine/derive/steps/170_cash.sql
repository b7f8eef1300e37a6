-- Money: conversions with their amounts in both currencies, cash entries, and what was refunded of each payment.

create or replace temp macro in_reporting(amount, rate) as
    cast(round(amount::double * rate, 6) as decimal(18, 6));

create or replace temp macro converted_amount(amount, rate) as
    case when rate = 1 then amount else in_reporting(amount, rate) end;

create or replace temp table new_cash as
select (select profile_id from profile) as profile_id,
       md5('payment' || c.conversion_id)::uuid as entry_id, 'payment' as entry, c.conversion_id, c.person_id,
       c.converted_on as booked_on, c.occurred_at, c.amount, c.final_currency as currency,
       converted_amount(c.amount, r.rate) as amount_reporting, c.raw_table, c.record_key
from converted c
left join day_rates r on r.currency = c.final_currency and r.day = c.converted_on
where c.final_revenue_type = 'cash' and c.amount is not null
union all
select (select profile_id from profile),
       md5('refund' || f.record_key)::uuid, 'refund', f.conversion_id, coalesce(f.payment_person, f.person_id),
       f.booked_on, f.occurred_at, f.amount, f.currency,
       converted_amount(f.amount, case when f.currency = f.payment_currency then p.rate else r.rate end),
       f.raw_table, f.record_key
from refunds f
left join day_rates p on p.currency = f.payment_currency and p.day = f.payment_day
left join day_rates r on r.currency = f.currency and r.day = f.booked_on;

create or replace temp table new_conversions as
with refunded as (
    select conversion_id, sum(amount) as amount, sum(amount_reporting) as amount_reporting
    from new_cash where entry = 'refund' and conversion_id is not null group by conversion_id
), paid as (
    select distinct unnest([payment_id, order_id]) as name
    from converted where final_revenue_type = 'cash'
)
select (select profile_id from profile) as profile_id, c.conversion_id, c.source_id, c.raw_table, c.record_key,
       c.content_hash, c.records::integer as records, c.person_id, c.visit_id, c.goal, c.final_revenue_type as revenue_type,
       c.is_eligible, c.is_negative,
       not c.is_negative and not (c.final_revenue_type = 'gross'
           and (coalesce(c.order_id in (select name from paid where name is not null), false)
                or coalesce(c.payment_id in (select name from paid where name is not null), false))) as counts_as_outcome,
       c.occurred_at, c.converted_on, c.amount, c.final_currency as currency,
       converted_amount(c.amount, r.rate) as amount_reporting, r.rate,
       coalesce(f.amount, 0) as refunded, coalesce(f.amount_reporting, 0) as refunded_reporting,
       c.amount is not null and r.rate is null as is_unconverted,
       c.order_id, c.payment_id, c.pipeline, c.stage, c.calendar, c.assigned_user, c.starts_at, c.ends_at, c.status,
       case when c.goal <> 'appointment_booked' then null
            when c.is_tracked and c.is_crm then 'merged' when c.is_crm then 'ghl_live' else 'db_tracked' end
           as calendar_label,
       coalesce(k.platform, v.platform) as platform, c.campaign_id, c.ad_set_id, c.ad_id,
       case
           when coalesce(c.utm_source, v.source) is not null and coalesce(c.utm_medium, v.medium) is not null
                and coalesce(c.utm_campaign, v.campaign) is not null then 'full_utms'
           when v.click_id_kind is not null then 'click_id_only'
           else 'none'
       end as tracking
from converted c
left join day_rates r on r.currency = c.final_currency and r.day = c.converted_on
left join refunded f using (conversion_id)
left join new_visits v on v.visit_id = c.visit_id
left join channels k on k.subject = c.record_key and c.raw_table = 'raw_conversions';

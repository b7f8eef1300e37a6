-- Money: conversions with their amounts in both currencies, cash entries, and what was refunded of each payment.

-- An amount whose reporting value does not fit is one without a rate: counted and named, never a wrong number.
create or replace temp macro converted_amount(amount, rate) as
    case when rate = 1 then amount else try_cast(round(amount::double * rate, 6) as decimal(18, 6)) end;

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

-- Orders that a payment tells of too: by payment id, order id or checkout. They count as an outcome through it (G2).
create or replace temp table paid_orders as
with payments as (
    select r.payment_id, r.order_key, r.checkout_token
    from ranked_records r join converted c using (conversion_id)
    where c.final_revenue_type = 'cash' and c.is_eligible and not c.is_negative
), orders as (
    select r.conversion_id, r.payment_id, r.order_key, r.checkout_token
    from ranked_records r join converted c using (conversion_id)
    where c.final_revenue_type = 'gross'
)
select conversion_id from orders semi join payments using (payment_id)
union
select conversion_id from orders semi join payments using (order_key)
union
select conversion_id from orders semi join payments using (checkout_token);

create or replace temp table new_conversions as
with refunded as (
    select conversion_id, sum(amount) as amount, sum(amount_reporting) as amount_reporting
    from new_cash where entry = 'refund' and conversion_id is not null group by conversion_id
)
select (select profile_id from profile) as profile_id, c.conversion_id, c.source_id, c.raw_table, c.record_key,
       c.content_hash, c.records::integer as records, c.person_id, c.visit_id, c.goal,
       c.final_revenue_type as revenue_type, c.is_eligible, c.is_negative,
       not c.is_negative and o.conversion_id is null as counts_as_outcome,
       c.occurred_at, c.converted_on, c.amount, c.final_currency as currency,
       converted_amount(c.amount, r.rate) as amount_reporting, r.rate,
       coalesce(f.amount, 0) as refunded, coalesce(f.amount_reporting, 0) as refunded_reporting,
       c.amount is not null and converted_amount(c.amount, r.rate) is null as is_unconverted,
       c.order_id, c.payment_id, c.deal_id, c.pipeline, c.stage, c.calendar, c.assigned_user, c.starts_at, c.ends_at,
       c.status,
       case when c.goal <> 'appointment_booked' then null
            when c.is_tracked and c.is_crm then 'merged' when c.is_crm then 'ghl_live' else 'db_tracked' end
           as calendar_label,
       coalesce(k.platform, v.platform) as platform,
       case when d.names_an_ad then d.campaign_id else a.campaign_id end as campaign_id,
       case when d.names_an_ad then d.ad_set_id else a.ad_set_id end as ad_set_id,
       case when d.names_an_ad then d.ad_id else a.ad_id end as ad_id,
       case
           when coalesce(c.utm_source, v.tagged_source) is not null and coalesce(c.utm_medium, v.medium) is not null
                and coalesce(c.utm_campaign, v.campaign) is not null then 'full_utms'
           when v.click_id_kind is not null or c.has_click_id then 'click_id_only'
           else 'none'
       end as tracking
from converted c
left join day_rates r on r.currency = c.final_currency and r.day = c.converted_on
left join refunded f using (conversion_id)
left join paid_orders o using (conversion_id)
left join new_visits v on v.visit_id = c.visit_id
left join (select *, coalesce(campaign_id, ad_set_id, ad_id) is not null as names_an_ad from conversion_records) d
    on d.record_key = c.campaign_record
left join clicked_ads a on a.click_ad = d.click_ad
left join channels k on k.subject = coalesce(c.campaign_record, c.record_key) and c.is_crm;

drop table ranked_records;

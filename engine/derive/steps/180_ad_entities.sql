-- Ad spend by day and the entities it names (A6).

create or replace temp table new_ad_daily as
select (select profile_id from profile) as profile_id, s.spent_on, coalesce(n.platform, lower(s.platform)) as platform,
       s.account, s.campaign_id, s.ad_set_id, s.ad_id, s.spend, s.currency,
       converted_amount(s.spend, r.rate) as spend_reporting,
       s.impressions, s.clicks, s.reach, s.video_plays, s.video_3s, s.video_p25, s.video_p50, s.video_p75,
       s.video_p100, s.video_avg_seconds, s.record_key, s.content_hash
from live_ad_spend s
left join ad_platforms n on n.name = lower(trim(s.platform))
left join day_rates r on r.currency = s.currency and r.day = s.spent_on;

create or replace temp table new_ad_entities as
with named as (
    select coalesce(n.platform, lower(s.platform)) as platform, s.*  exclude (platform)
    from live_ad_spend s left join ad_platforms n on n.name = lower(trim(s.platform))
), levels as (
    select platform, 'campaign' as level, campaign_id as entity_id, campaign_id, null::varchar as ad_set_id,
           campaign as name, account, case when ad_set_id is null and ad_id is null then status end as status,
           objective, currency, case when ad_set_id is null and ad_id is null then daily_budget end as daily_budget,
           status as any_status, spent_on, content_hash
    from named
    union all
    select platform, 'ad_set', ad_set_id, campaign_id, ad_set_id, ad_set, account, null, objective, currency, null,
           status, spent_on, content_hash
    from named where ad_set_id is not null
    union all
    select platform, 'ad', ad_id, campaign_id, ad_set_id, ad, account, status, objective, currency, daily_budget,
           status, spent_on, content_hash
    from named where ad_id is not null
)
select (select profile_id from profile) as profile_id, platform, level, entity_id,
       arg_max(campaign_id, (spent_on, campaign_id)) as campaign_id,
       arg_max(ad_set_id, (spent_on, ad_set_id)) as ad_set_id,
       arg_max(name, (spent_on, name)) as name,
       arg_max(account, (spent_on, account)) as account,
       coalesce(arg_max(status, (spent_on, status)), arg_max(any_status, (spent_on, any_status))) as status,
       arg_max(objective, (spent_on, objective)) as objective,
       arg_max(currency, (spent_on, currency)) as currency,
       arg_max(daily_budget, (spent_on, daily_budget)) as daily_budget,
       min(spent_on) as first_on, max(spent_on) as last_on
from levels
group by platform, level, entity_id;

-- Days on which an entity was delivered, for telling two of one name apart.
create or replace temp table delivery_days as
select distinct d.platform, l.level, l.entity_id, d.spent_on as day
from new_ad_daily d,
     lateral (select unnest(['campaign', 'ad_set', 'ad']) as level,
                     unnest([d.campaign_id, d.ad_set_id, d.ad_id]) as entity_id) l
where l.entity_id is not null;

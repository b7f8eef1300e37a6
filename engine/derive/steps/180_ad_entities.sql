-- Ad spend by day and the entities it names (A6).

-- One day of one ad is one fact, also where two files spell its platform differently (E7).
create or replace temp table named_ad_spend as
select coalesce(n.platform, lower(trim(s.platform))) as platform, s.* exclude (platform),
       s.spend <> 0 or coalesce(s.impressions, 0) > 0 or coalesce(s.clicks, 0) > 0 as is_delivered
from live_ad_spend s
left join ad_platforms n on n.name = lower(trim(s.platform))
qualify row_number() over (partition by coalesce(n.platform, lower(trim(s.platform))), s.spent_on, s.account,
                                        s.campaign_id, s.ad_set_id, s.ad_id
                           order by s.as_of desc, s.content_hash) = 1;

create or replace temp table new_ad_daily as
select (select profile_id from profile) as profile_id, s.spent_on, s.platform, s.account, s.campaign_id, s.ad_set_id,
       s.ad_id, s.spend, s.currency, converted_amount(s.spend, r.rate) as spend_reporting,
       s.impressions, s.clicks, s.reach, s.video_plays, s.video_3s, s.video_p25, s.video_p50, s.video_p75,
       s.video_p100, s.video_avg_seconds, s.record_key, s.content_hash
from named_ad_spend s
left join day_rates r on r.currency = s.currency and r.day = s.spent_on;

create or replace temp table ad_levels as
select platform, 'campaign' as level, campaign_id as entity_id, campaign_id, null::varchar as ad_set_id,
       campaign as name, account, case when ad_set_id is null and ad_id is null then status end as status,
       objective, currency, case when ad_set_id is null and ad_id is null then daily_budget end as daily_budget,
       status as any_status, spent_on, is_delivered
from named_ad_spend
union all
select platform, 'ad_set', ad_set_id, campaign_id, ad_set_id, ad_set, account, null, objective, currency, null,
       status, spent_on, is_delivered
from named_ad_spend where ad_set_id is not null
union all
select platform, 'ad', ad_id, campaign_id, ad_set_id, ad, account, status, objective, currency, daily_budget,
       status, spent_on, is_delivered
from named_ad_spend where ad_id is not null
union all
-- What the provider tells of entities themselves: as of when it told.
select coalesce(n.platform, lower(trim(e.platform))), e.level, e.entity_id,
       case e.level when 'campaign' then e.entity_id else e.campaign_id end,
       case e.level when 'campaign' then null when 'ad_set' then e.entity_id else e.ad_set_id end,
       e.name, e.account, e.status, e.objective, e.currency, e.daily_budget, e.status, e.as_of::date, false
from live_ad_entities e
left join ad_platforms n on n.name = lower(trim(e.platform))
where e.level = 'campaign' or e.campaign_id is not null;

create or replace temp table creatives as
select coalesce(n.platform, lower(trim(e.platform))) as platform, e.level, e.entity_id,
       arg_max(e.creative_kind, (e.as_of, e.creative_kind)) as creative_kind,
       arg_max(e.headline, (e.as_of, e.headline)) as headline, arg_max(e.body, (e.as_of, e.body)) as body,
       arg_max(e.thumbnail_url, (e.as_of, e.thumbnail_url)) as thumbnail_url,
       arg_max(e.destination_url, (e.as_of, e.destination_url)) as destination_url
from live_ad_entities e
left join ad_platforms n on n.name = lower(trim(e.platform))
group by all;

create or replace temp table new_ad_entities as
select (select profile_id from profile) as profile_id, platform, level, entity_id,
       any_value(c.creative_kind) as creative_kind, any_value(c.headline) as headline, any_value(c.body) as body,
       any_value(c.thumbnail_url) as thumbnail_url, any_value(c.destination_url) as destination_url,
       arg_max(campaign_id, (spent_on, campaign_id)) as campaign_id,
       arg_max(ad_set_id, (spent_on, ad_set_id)) as ad_set_id,
       arg_max(name, (spent_on, name)) as name,
       arg_max(account, (spent_on, account)) as account,
       coalesce(arg_max(status, (spent_on, status)), arg_max(any_status, (spent_on, any_status))) as status,
       arg_max(objective, (spent_on, objective)) as objective,
       arg_max(currency, (spent_on, currency)) as currency,
       arg_max(daily_budget, (spent_on, daily_budget)) as daily_budget,
       coalesce(min(spent_on) filter (is_delivered), min(spent_on)) as first_on,
       coalesce(max(spent_on) filter (is_delivered), max(spent_on)) as last_on
from ad_levels left join creatives c using (platform, level, entity_id)
group by platform, level, entity_id;

-- Every name an entity ever had: a touch from before a renaming still carries the old one.
create or replace temp table entity_names as
select distinct l.platform, l.level, l.entity_id, e.campaign_id, e.ad_set_id, lower(trim(l.name)) as name
from ad_levels l join new_ad_entities e using (platform, level, entity_id)
where l.name is not null;

-- Days on which an entity was delivered, and under which name, for telling two of one name apart.
create or replace temp table delivery_days as
select distinct platform, level, entity_id, spent_on as day, lower(trim(name)) as name
from ad_levels where is_delivered;

drop table named_ad_spend;
drop table ad_levels;
drop table creatives;

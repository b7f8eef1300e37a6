-- Origins of touches, numbered; which touches are an ad's (A7); each touch's turn among its person's; channel and source
-- of each campaign's spend (A10).

create or replace temp table new_touch_origins as
select (select profile_id from profile) as profile_id,
       (row_number() over (order by o.channel, o.source, o.medium, o.campaign, o.platform, o.campaign_id, o.ad_set_id,
                                    o.ad_id))::integer as origin_no,
       o.*, coalesce(e.name, o.campaign) as campaign_label
from (select distinct channel, source, medium, campaign, platform, campaign_id, ad_set_id, ad_id from new_touches) o
left join new_ad_entities e on e.level = 'campaign' and e.platform = o.platform and e.entity_id = o.campaign_id;

create or replace temp table placed_touches as
with spend_days as (
    select distinct platform, spent_on from new_ad_daily where spend > 0
)
select t.*, o.origin_no,
       case
           when t.campaign_id is not null or s.platform is not null then 'ad'
           when t.channel in ('Paid Social', 'Paid Search', 'Display') then 'without_spend'
       end as ad_kind,
       (row_number() over (partition by t.person_id, t.kind = 'view' order by t.occurred_at, t.touch_id))::integer
           as turn
from new_touches t
join new_touch_origins o
    on o.channel = t.channel and o.source is not distinct from t.source and o.medium is not distinct from t.medium
   and o.campaign is not distinct from t.campaign and o.platform is not distinct from t.platform
   and o.campaign_id is not distinct from t.campaign_id and o.ad_set_id is not distinct from t.ad_set_id
   and o.ad_id is not distinct from t.ad_id
left join spend_days s
    on s.platform = t.platform and s.spent_on = t.touched_on
   and t.channel in ('Paid Social', 'Paid Search', 'Display');

drop table new_touches;
alter table placed_touches rename to new_touches;

create or replace temp table campaign_origins as
with counted as (
    select o.platform, o.campaign_id, o.channel, o.source, count(*) as touches
    from new_touches t join new_touch_origins o using (origin_no)
    where o.campaign_id is not null
    group by all
)
select platform, campaign_id, channel, source
from counted
qualify row_number() over (partition by platform, campaign_id order by touches desc, channel, source) = 1;

create or replace temp table placed_entities as
select e.*,
       coalesce(o.channel, case when e.platform in ('google', 'microsoft') then 'Paid Search' else 'Paid Social' end)
           as channel,
       coalesce(o.source, e.platform) as source
from new_ad_entities e
left join campaign_origins o using (platform, campaign_id);

drop table new_ad_entities;
alter table placed_entities rename to new_ad_entities;

-- Which ad each Google click id (gclid) was on, as Google Ads tells (`click_view`, A6). Page views keep the number of the
-- ad, not the id: clicks are many, ads are few. Of two versions of a click the one fetched last counts.

create or replace temp table told_clicks as
with versions as (
    select object_id, fetched_at, content_hash, is_deleted,
           json_transform(content, '{"campaign": {"id": "VARCHAR"}, "adGroup": {"id": "VARCHAR"},
                                     "clickView": {"adGroupAd": "VARCHAR"}}') as told
    from provider_objects
    where profile_id = (select profile_id from profile) and object_type = 'click_view'
), latest as (
    select object_id, arg_max({told: told, is_deleted: is_deleted}, (fetched_at, content_hash)) as click
    from versions group by object_id
)
select hash(object_id) as gclid, click.told.campaign.id as campaign_id, click.told.adGroup.id as ad_set_id,
       -- customers/1/adGroupAds/<ad group>~<ad>
       nullif(split_part(click.told.clickView.adGroupAd, '~', 2), '') as ad_id
from latest where not click.is_deleted and click.told.campaign.id is not null;

create or replace temp table clicked_ads as
select (row_number() over (order by campaign_id, ad_set_id, ad_id))::integer as click_ad, *
from (select distinct campaign_id, ad_set_id, ad_id from told_clicks);

create or replace temp table clicks as
select t.gclid, a.click_ad
from told_clicks t
join clicked_ads a on a.campaign_id = t.campaign_id and a.ad_set_id is not distinct from t.ad_set_id
                  and a.ad_id is not distinct from t.ad_id;

drop table told_clicks;

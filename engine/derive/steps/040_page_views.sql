-- Page views of humans and AI agents, with what their tags, click ids and addresses say (C1).
-- Tags and click ids are read from the URL where the tracker sent no field of its own.

create or replace temp table read_page_views as
with viewed as (
    select e.*,
           case when contains(url, '=') and regexp_matches(url, '(?i)[?&#;](utm_[a-z]+|[a-z]*clid|[gw]braid|msclkid|li_fat_id|campaign_id|adset_id|ad_id|hsa_[a-z]+)=')
                then url_parameters(url) end as parameters
    from live_events e
    left join agents a on a.user_agent = e.user_agent
    where e.event_type = 'page_view' and e.anonymous_id is not null and a.agent_kind is distinct from 'bot'
), lowered as (
    select *, lower(parameters) as lowered from viewed
)
select record_key as event_key, coalesce(path, url_path(url)) as path,
       coalesce(utm_source, parameter_value(parameters, lowered, 'utm_source')) as source,
       coalesce(utm_medium, parameter_value(parameters, lowered, 'utm_medium')) as medium,
       coalesce(utm_campaign, parameter_value(parameters, lowered, 'utm_campaign')) as campaign,
       coalesce(utm_content, parameter_value(parameters, lowered, 'utm_content')) as content,
       coalesce(utm_term, parameter_value(parameters, lowered, 'utm_term')) as term,
       case  -- search wins over social (C1)
           when coalesce(gclid, parameter_value(parameters, lowered, 'gclid')) is not null then 'gclid'
           when coalesce(gbraid, parameter_value(parameters, lowered, 'gbraid')) is not null then 'gbraid'
           when coalesce(wbraid, parameter_value(parameters, lowered, 'wbraid')) is not null then 'wbraid'
           when coalesce(msclkid, parameter_value(parameters, lowered, 'msclkid')) is not null then 'msclkid'
           when coalesce(fbclid, parameter_value(parameters, lowered, 'fbclid')) is not null then 'fbclid'
           when coalesce(ttclid, parameter_value(parameters, lowered, 'ttclid')) is not null then 'ttclid'
           when coalesce(twclid, parameter_value(parameters, lowered, 'twclid')) is not null then 'twclid'
           when coalesce(li_fat_id, parameter_value(parameters, lowered, 'li_fat_id')) is not null then 'li_fat_id'
       end as click_id_kind,
       coalesce(parameter_value(parameters, lowered, 'campaign_id'), parameter_value(parameters, lowered, 'hsa_cam')) as campaign_id,
       coalesce(parameter_value(parameters, lowered, 'adset_id'), parameter_value(parameters, lowered, 'hsa_grp')) as ad_set_id,
       coalesce(parameter_value(parameters, lowered, 'ad_id'), parameter_value(parameters, lowered, 'hsa_ad')) as ad_id,
       hash(referrer) as written_referrer, host_of(referrer) as referrer_host, host_of(url) as page_host,
       starts_with(lower(referrer), 'android-app:') as is_from_app
from lowered;

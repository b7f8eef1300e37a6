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
), parsed as (
    -- each parameter once; what is said of it below may look at it several times
    select *,
           parameter_text(parameters, lowered, 'utm_source') as url_utm_source,
           parameter_text(parameters, lowered, 'utm_medium') as url_utm_medium,
           parameter_text(parameters, lowered, 'utm_campaign') as url_utm_campaign,
           parameter_text(parameters, lowered, 'utm_content') as url_utm_content,
           parameter_text(parameters, lowered, 'utm_term') as url_utm_term,
           parameter_text(parameters, lowered, 'gclid') as url_gclid,
           parameter_text(parameters, lowered, 'gbraid') as url_gbraid,
           parameter_text(parameters, lowered, 'wbraid') as url_wbraid,
           parameter_text(parameters, lowered, 'msclkid') as url_msclkid,
           parameter_text(parameters, lowered, 'fbclid') as url_fbclid,
           parameter_text(parameters, lowered, 'ttclid') as url_ttclid,
           parameter_text(parameters, lowered, 'twclid') as url_twclid,
           parameter_text(parameters, lowered, 'li_fat_id') as url_li_fat_id,
           parameter_text(parameters, lowered, 'campaign_id') as url_campaign_id,
           parameter_text(parameters, lowered, 'hsa_cam') as url_hsa_cam,
           parameter_text(parameters, lowered, 'adset_id') as url_adset_id,
           parameter_text(parameters, lowered, 'hsa_grp') as url_hsa_grp,
           parameter_text(parameters, lowered, 'ad_id') as url_ad_id,
           parameter_text(parameters, lowered, 'hsa_ad') as url_hsa_ad
    from lowered
)
select record_key as event_key, coalesce(path, url_path(url)) as path,
       coalesce(utm_source, filled(url_utm_source)) as source, coalesce(utm_medium, filled(url_utm_medium)) as medium,
       coalesce(utm_campaign, filled(url_utm_campaign)) as campaign,
       coalesce(utm_content, filled(url_utm_content)) as content, coalesce(utm_term, filled(url_utm_term)) as term,
       deciding_click_id(coalesce(p.gclid, filled(url_gclid)), coalesce(gbraid, filled(url_gbraid)),
                         coalesce(wbraid, filled(url_wbraid)), coalesce(msclkid, filled(url_msclkid)),
                         coalesce(fbclid, filled(url_fbclid)), coalesce(ttclid, filled(url_ttclid)),
                         coalesce(twclid, filled(url_twclid)), coalesce(li_fat_id, filled(url_li_fat_id)))
           as click_id_kind,
       c.click_ad,
       coalesce(filled(url_campaign_id), filled(url_hsa_cam)) as campaign_id,
       coalesce(filled(url_adset_id), filled(url_hsa_grp)) as ad_set_id,
       coalesce(filled(url_ad_id), filled(url_hsa_ad)) as ad_id,
       hash(referrer) as written_referrer, host_of(referrer) as referrer_host, host_of(url) as page_host,
       starts_with(lower(referrer), 'android-app:') as is_from_app
from parsed p
left join clicks c on c.gclid = hash(coalesce(p.gclid, filled(url_gclid)));

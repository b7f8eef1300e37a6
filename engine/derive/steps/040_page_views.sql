-- Page views of humans and AI agents, with the marketing source each one names (C1-C3).
-- Tags and click ids are read from the URL where the tracker sent no field of its own.

create or replace temp table tagged_urls as
select record_key as event_key,
       url_parameter(url, 'utm_source') as utm_source, url_parameter(url, 'utm_medium') as utm_medium,
       url_parameter(url, 'utm_campaign') as utm_campaign, url_parameter(url, 'utm_content') as utm_content,
       url_parameter(url, 'utm_term') as utm_term,
       url_parameter(url, 'fbclid') as fbclid, url_parameter(url, 'gclid') as gclid,
       url_parameter(url, 'gbraid') as gbraid, url_parameter(url, 'wbraid') as wbraid,
       url_parameter(url, 'msclkid') as msclkid, url_parameter(url, 'ttclid') as ttclid,
       url_parameter(url, 'twclid') as twclid, url_parameter(url, 'li_fat_id') as li_fat_id,
       coalesce(url_parameter(url, 'campaign_id'), url_parameter(url, 'hsa_cam')) as campaign_id,
       coalesce(url_parameter(url, 'adset_id'), url_parameter(url, 'hsa_grp')) as ad_set_id,
       coalesce(url_parameter(url, 'ad_id'), url_parameter(url, 'hsa_ad')) as ad_id
from live_events
where event_type = 'page_view' and contains(url, '=')
  and regexp_matches(url, '(?i)[?&#;](utm_[a-z]+|[a-z]*clid|[gw]braid|msclkid|li_fat_id|campaign_id|adset_id|ad_id|hsa_[a-z]+)=');

create or replace temp table page_views as
with read as (
    select e.record_key as event_key,
           coalesce(e.path, url_path(e.url)) as path,
           coalesce(e.utm_source, t.utm_source) as source, coalesce(e.utm_medium, t.utm_medium) as medium,
           coalesce(e.utm_campaign, t.utm_campaign) as campaign, coalesce(e.utm_content, t.utm_content) as content,
           coalesce(e.utm_term, t.utm_term) as term,
           case  -- search wins over social (C1)
               when coalesce(e.gclid, t.gclid) is not null then 'gclid'
               when coalesce(e.gbraid, t.gbraid) is not null then 'gbraid'
               when coalesce(e.wbraid, t.wbraid) is not null then 'wbraid'
               when coalesce(e.msclkid, t.msclkid) is not null then 'msclkid'
               when coalesce(e.fbclid, t.fbclid) is not null then 'fbclid'
               when coalesce(e.ttclid, t.ttclid) is not null then 'ttclid'
               when coalesce(e.twclid, t.twclid) is not null then 'twclid'
               when coalesce(e.li_fat_id, t.li_fat_id) is not null then 'li_fat_id'
           end as click_id_kind,
           t.campaign_id, t.ad_set_id, t.ad_id,
           hash(e.referrer) as written_referrer, host_of(e.referrer) as referrer_host, host_of(e.url) as page_host
    from live_events e
    left join tagged_urls t on t.event_key = e.record_key
    left join agents a on a.user_agent = e.user_agent
    where e.event_type = 'page_view' and e.anonymous_id is not null and a.agent_kind is distinct from 'bot'
)
select r.* exclude (referrer_host, page_host),
       case when not coalesce(h.is_payment or h.is_own or h.domain = p.domain, false) then h.domain end as referrer,
       case when not coalesce(h.is_payment or h.is_own or h.domain = p.domain, false) then h.kind end as referrer_kind
from read r
left join hosts h on h.host = r.referrer_host
left join hosts p on p.host = r.page_host;

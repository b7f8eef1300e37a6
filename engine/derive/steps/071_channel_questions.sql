-- Everything that asks for a channel: entry pages of visits, touches that came without one, and what conversions carry.
-- Reads `visit_questions` and `event_visits`, so that a preview of other rules can ask the same of stored visits.

create or replace temp table channel_questions as
from visit_questions
union all
select t.record_key, coalesce(t.source, url_parameter(t.url, 'utm_source')),
       coalesce(t.medium, url_parameter(t.url, 'utm_medium')), coalesce(t.campaign, url_parameter(t.url, 'utm_campaign')),
       url_parameter(t.url, 'utm_content'), url_parameter(t.url, 'utm_term'), null, null,
       deciding_click_id(url_parameter(t.url, 'gclid'), url_parameter(t.url, 'gbraid'),
                         url_parameter(t.url, 'wbraid'), url_parameter(t.url, 'msclkid'),
                         url_parameter(t.url, 'fbclid'), url_parameter(t.url, 'ttclid'),
                         url_parameter(t.url, 'twclid'), url_parameter(t.url, 'li_fat_id')),
       case when t.url is not null then url_path(t.url) end
from live_touches t
union all
select record_key, coalesce(utm_source, source), utm_medium, utm_campaign, utm_content, utm_term, null, null,
       case when gclid is not null then 'gclid' end, null
from live_conversions
where coalesce(utm_source, source, utm_medium, utm_campaign, gclid) is not null
union all
select e.record_key, e.utm_source, e.utm_medium, e.utm_campaign, e.utm_content, e.utm_term, null, null,
       case when coalesce(e.gclid, url_parameter(e.url, 'gclid')) is not null then 'gclid' end, null
from live_events e
join goal_of_event g on g.event_type = e.event_type
anti join event_visits v on v.event_key = e.record_key
where coalesce(e.utm_source, e.utm_medium, e.utm_campaign, e.gclid, url_parameter(e.url, 'gclid')) is not null;

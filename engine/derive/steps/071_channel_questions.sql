-- Everything that asks for a channel: entry pages of visits, touches that came without one, and what conversions carry.
-- Reads `visit_questions` and `event_visits`, so that a preview of other rules can ask the same of stored visits.

create or replace temp table channel_questions as
with touches as (
    select *, url_parameters(url) as parameters, lower(parameters) as lowered from live_touches
)
from visit_questions
union all
select record_key, coalesce(source, filled(parameter_text(parameters, lowered, 'utm_source'))),
       coalesce(medium, filled(parameter_text(parameters, lowered, 'utm_medium'))),
       coalesce(campaign, filled(parameter_text(parameters, lowered, 'utm_campaign'))),
       filled(parameter_text(parameters, lowered, 'utm_content')), filled(parameter_text(parameters, lowered, 'utm_term')),
       null, null,
       deciding_click_id(
           filled(parameter_text(parameters, lowered, 'gclid')), filled(parameter_text(parameters, lowered, 'gbraid')),
           filled(parameter_text(parameters, lowered, 'wbraid')), filled(parameter_text(parameters, lowered, 'msclkid')),
           filled(parameter_text(parameters, lowered, 'fbclid')), filled(parameter_text(parameters, lowered, 'ttclid')),
           filled(parameter_text(parameters, lowered, 'twclid')), filled(parameter_text(parameters, lowered, 'li_fat_id'))),
       case when url is not null then url_path(url) end
from touches
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

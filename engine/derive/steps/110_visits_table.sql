-- The visits as they are stored: span, entry page, owner, channel, engagement.

create or replace temp table visitor_numbers as
select anonymous_id, (row_number() over (order by anonymous_id))::integer as visitor
from (select distinct anonymous_id from visit_people);

-- These tell the first visit of a visitor in any range of days, and so how many visitors there are in it, without
-- comparing visitors. A table of its own, as sorting whole visits takes several times the memory.
create or replace temp table earlier_visits as
select s.visit_id,
       local_day(lag(s.started_at) over (partition by n.visitor order by s.started_at, s.visit_id)) as before_on,
       local_day(lag(s.started_at) over (partition by n.visitor, e.path order by s.started_at, s.visit_id))
           as entered_before_on
from visit_spans s
join page_views e on e.event_key = s.visit_id
join visit_people o on o.visit_id = s.visit_id
join visitor_numbers n on n.anonymous_id = o.anonymous_id;

create or replace temp table new_visits as
select (select profile_id from profile) as profile_id, s.visit_id, o.anonymous_id, n.visitor, o.person_id,
       s.started_at, s.ended_at, local_day(s.started_at) as started_on,
       s.pageviews, s.pageviews = 1 as is_bounce,
       g.engaged_seconds, g.engagement,
       c.channel,
       -- who sent the visit: as tagged, else what the referrer or the click id tells
       coalesce(e.source, lower(f.name), e.referrer, k.source) as source, e.source as tagged_source, e.medium, e.campaign, e.content, e.term, e.referrer, e.referrer_kind,
       e.click_id_kind,
       e.path as entry_page, x.path as exit_page, c.platform,
       l.country, l.region, l.city, coalesce(l.device, a.device) as device, coalesce(l.browser, a.browser) as browser,
       coalesce(l.os, a.os) as os, a.agent_kind, b.before_on, b.entered_before_on
from visit_spans s
join page_views e on e.event_key = s.visit_id
join live_events l on l.record_key = s.visit_id
left join agents a on a.user_agent = l.user_agent
join page_views x on x.event_key = s.exit_key
join visit_people o on o.visit_id = s.visit_id
join visitor_numbers n on n.anonymous_id = o.anonymous_id
join earlier_visits b on b.visit_id = s.visit_id
join visit_engagement g on g.visit_id = s.visit_id
join channels c on c.subject = s.visit_id
left join referrer_names f on f.domain = e.referrer
left join (values ('gclid', 'google'), ('gbraid', 'google'), ('wbraid', 'google'), ('msclkid', 'bing'),
                  ('fbclid', 'facebook'), ('ttclid', 'tiktok'), ('twclid', 'twitter'), ('li_fat_id', 'linkedin'))
    k(kind, source) on k.kind = e.click_id_kind;

-- What a server sends in a visitor's name is told by a program rightly: only what a browser sent can be a bot's (E6).
create or replace temp table new_events as
select (select profile_id from profile) as profile_id, e.record_key as event_key, e.content_hash, v.visit_id,
       e.occurred_at, e.event_type,
       case when e.event_type = 'page_view' and e.anonymous_id is not null and a.agent_kind is distinct from 'bot'
            then coalesce(e.path, url_path(e.url)) end as path,
       a.agent_kind
from live_events e
left join event_visits v on v.event_key = e.record_key
left join agents a
    on a.user_agent = e.user_agent and e.anonymous_id is not null
   and e.event_type not in (select event_type from server_event_types);

drop table visitor_numbers;

drop table earlier_visits;

create or replace temp table new_visit_pages as
with seen as (
    select visit_id, path, count(*)::integer as pageviews from new_events
    where event_type = 'page_view' and visit_id is not null group by visit_id, path
)
select v.profile_id, v.visit_id, v.visitor, v.started_on, s.path, s.pageviews, v.is_bounce, v.engaged_seconds,
       v.engagement
from seen s join new_visits v using (visit_id);

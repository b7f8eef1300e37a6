-- Engagement (E5), by the weights of the profile (by default 35 scroll, 35 time, full at 120 s, 15 interaction, 15 form,
-- minus 20 for frustration); clamped to 0-100.

create or replace temp table signals as
with read as (
    select record_key as event_key, event_type, coalesce(path, url_path(url), '') as page,
           json_transform(payload, '{"engaged_seconds": "DOUBLE", "scroll_percent": "DOUBLE", "video_percent": "DOUBLE"}')
               as figures
    from live_events
    where anonymous_id is not null
      and (event_type in ('cta_view', 'lead_submitted', 'form_submitted', 'rage_click', 'dead_click', 'js_error')
           or contains(payload::varchar, 'engaged_seconds') or contains(payload::varchar, 'scroll_percent')
           or contains(payload::varchar, 'video_percent'))
)
select v.visit_id, r.page,
       max(r.figures.engaged_seconds) as engaged_seconds,
       max(r.figures.scroll_percent) as scroll_percent,
       coalesce(bool_or(r.event_type = 'cta_view' or r.figures.video_percent >= 50), false) as interacted,
       bool_or(r.event_type in ('lead_submitted', 'form_submitted')) as submitted,
       bool_or(r.event_type in ('rage_click', 'dead_click', 'js_error')) as frustrated
from read r join event_visits v using (event_key)
group by v.visit_id, r.page;

create or replace temp table visit_engagement as
with summed as (
    -- a tracker counts up while a page is open, so its highest figure of each page counts
    select visit_id, sum(greatest(engaged_seconds, 0)) filter (engaged_seconds is not null) as engaged_seconds,
           max(least(greatest(scroll_percent, 0), 100)) as scroll_percent,
           bool_or(interacted) as interacted, bool_or(submitted) as submitted, bool_or(frustrated) as frustrated
    from signals group by visit_id
), complete as (
    select s.visit_id,
           -- no pause inside a visit is longer than the timeout, so its length needs no further cap
           coalesce(e.engaged_seconds, (epoch_us(s.ended_at) - epoch_us(s.started_at)) / 1e6) as engaged_seconds,
           coalesce(e.scroll_percent, 0) as scroll_percent,
           coalesce(e.interacted, false) or s.pageviews > 1 as interacted,
           coalesce(e.submitted, false) as submitted, coalesce(e.frustrated, false) as frustrated
    from visit_spans s left join summed e using (visit_id)
)
select visit_id, engaged_seconds,
       greatest(0, least(100,
           p.engagement_scroll * scroll_percent / 100
           + p.engagement_time * least(engaged_seconds / p.engagement_seconds, 1)
           + p.engagement_interaction * interacted::integer + p.engagement_form * submitted::integer
           - p.engagement_frustration * frustrated::integer)) as engagement
from complete cross join profile p;

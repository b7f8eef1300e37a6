-- Visits (E2): hits of one device and tracker session, split by pauses and by changes of the marketing source.

-- Event types that only servers send; they are facts about a person, never activity on a page (E1).
create or replace temp table server_event_types as
select unnest(['payment_received', 'refund', 'payment_refunded', 'dispute_lost', 'order_placed', 'lead_created',
               'closed_won', 'closed_lost', 'contact_reply', 'qualified', 'disqualified', 'showed', 'no_show',
               'stage_changed']) as event_type;

create or replace temp table hits as
with devices as (
    -- small numbers for the sorts below; they never leave this step
    select anonymous_id, session_id, row_number() over () as device
    from (select distinct anonymous_id, session_id from live_events where anonymous_id is not null)
)
select d.device, e.record_key as event_key, e.occurred_at, v.event_key is not null as is_page,
       case
           when coalesce(v.source, v.medium, v.campaign, v.content, v.term, v.click_id_kind) is not null then
               lower(concat_ws(chr(31), 'tag', coalesce(v.source, ''), coalesce(v.medium, ''), coalesce(v.campaign, ''),
                               coalesce(v.content, ''), coalesce(v.term, ''), coalesce(v.click_id_kind, '')))
           when v.referrer is not null then concat_ws(chr(31), 'referrer', v.referrer)
       end as marketing_source
from live_events e
join devices d on d.anonymous_id = e.anonymous_id and d.session_id is not distinct from e.session_id
left join page_views v on v.event_key = e.record_key
left join agents a on a.user_agent = e.user_agent
where e.anonymous_id is not null
  and a.agent_kind is distinct from 'bot'
  and e.event_type not in (select event_type from server_event_types);

create or replace temp table paused as
select *, case when occurred_at - lag(occurred_at) over hit_order <= (select session_timeout from profile)
               then 0 else 1 end as starts_block
from hits
window hit_order as (partition by device order by occurred_at, event_key);

create or replace temp table blocks as
select * exclude (starts_block), sum(starts_block) over hit_order as block
from paused
window hit_order as (partition by device order by occurred_at, event_key);

-- A page view with another source than the visit so far starts a new visit. Direct, own-domain and payment-page
-- returns name no source and never split.
create or replace temp table numbered_hits as
with compared as (
    select *, row_number() over so_far as hit_number,
           is_page and marketing_source is not null and (select split_on_source from profile)
               and coalesce(count(*) filter (is_page) over before_this, 0) > 0
               and marketing_source is distinct from last_value(marketing_source ignore nulls) over before_this
               as starts_part
    from blocks
    window so_far as (partition by device, block order by occurred_at, event_key),
           before_this as (partition by device, block order by occurred_at, event_key
                           rows between unbounded preceding and 1 preceding)
)
select * exclude (starts_part, marketing_source),
       sum(starts_part::integer) over (partition by device, block order by hit_number) as part
from compared;

create or replace temp table visit_spans as
select device, block, part,
       arg_min(event_key, hit_number) filter (is_page) as visit_id,
       arg_max(event_key, hit_number) filter (is_page) as exit_key,
       min(occurred_at) as started_at, max(occurred_at) as ended_at,
       (count(*) filter (is_page))::integer as pageviews
from numbered_hits
group by device, block, part
having bool_or(is_page);

create or replace temp table event_visits as
select n.event_key, s.visit_id
from numbered_hits n join visit_spans s using (device, block, part);

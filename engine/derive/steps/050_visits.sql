-- Visits (E2): hits of one device and tracker session, split by pauses and by changes of the marketing source.

-- Event types that only servers send; they are facts about a person, never activity on a page (E1).
create or replace temp table server_event_types as
select unnest(['payment_received', 'refund', 'payment_refunded', 'dispute_lost', 'chargeback', 'order_placed', 'lead_created',
               'closed_won', 'closed_lost', 'contact_reply', 'qualified', 'disqualified', 'showed', 'no_show',
               'stage_changed']) as event_type;

-- Small numbers for the sorts below instead of long texts; they never leave these steps.
create or replace temp table devices as
select row_number() over () as device, anonymous_id, session_id
from (select distinct anonymous_id, session_id from live_events where anonymous_id is not null);

-- Of hits at the same instant page views come first, and among them those that name a source.
create or replace temp table hits as
select d.device, e.record_key as event_key, e.occurred_at, v.event_key is not null as is_page,
       case when v.event_key is null then 2
            when coalesce(v.source, v.medium, v.campaign, v.content, v.term, v.click_id_kind, v.referrer) is not null then 0
            else 1 end::tinyint as rank
from live_events e
join devices d on d.anonymous_id = e.anonymous_id and d.session_id is not distinct from e.session_id
left join page_views v on v.event_key = e.record_key
left join agents a on a.user_agent = e.user_agent
where e.anonymous_id is not null
  and a.agent_kind is distinct from 'bot'
  and e.event_type not in (select event_type from server_event_types);

create or replace temp table paused as
select *, coalesce(occurred_at - lag(occurred_at) over hit_order > (select session_timeout from profile), true)
              as starts_block
from hits
window hit_order as (partition by device order by occurred_at, rank, event_key);

drop table hits;

create or replace temp table blocks as
select * exclude (starts_block), sum(starts_block::integer) over hit_order as block
from paused
window hit_order as (partition by device order by occurred_at, rank, event_key);

drop table paused;

-- What each page view says about where the visitor came from, as numbers that are only ever compared; zero is nothing
-- said. A page view names a source by its tags, its click id or else its referrer. One that repeats the referrer of the
-- page view before it names none: pages that load no document anew report the referrer of their first page on and on.
create or replace temp table named_sources as
with pages as (
    select b.device, b.block, b.occurred_at, b.rank, b.event_key, v.written_referrer,
           case when coalesce(v.source, v.medium, v.campaign, v.content, v.term) is null then 0::ubigint
                else hash(lower(concat_ws(chr(31), coalesce(v.source, ''), coalesce(v.medium, ''),
                                          coalesce(v.campaign, ''), coalesce(v.content, ''), coalesce(v.term, '')))) end
               as tags,
           case when v.click_id_kind is null then 0::ubigint else hash(v.click_id_kind) end as click,
           case when coalesce(v.campaign_id, v.ad_set_id, v.ad_id) is null then 0::ubigint
                else hash(v.campaign_id, v.ad_set_id, v.ad_id) end as ad,
           case when v.referrer is null then 0::ubigint else hash(v.referrer) end as referrer
    from blocks b
    semi join (select device, block from blocks where is_page group by device, block having count(*) > 1) m
        on m.device = b.device and m.block = b.block
    join page_views v on v.event_key = b.event_key
    where (select split_on_source from profile)
), numbered as (
    select *, row_number() over page_order as page_number,
           tags > 0 or click > 0
               or (referrer > 0 and written_referrer is distinct from last_value(written_referrer ignore nulls) over before_this)
               as names_source
    from pages
    window page_order as (partition by device, block order by occurred_at, rank, event_key),
           before_this as (partition by device, block order by occurred_at, rank, event_key
                           rows between unbounded preceding and 1 preceding)
)
select device, block, page_number, event_key, tags, click, ad,
       case when tags = 0 and click = 0 then referrer else 0 end as referrer
from numbered where names_source;

-- A page view that names another source than the last one named in this block starts a new visit, unless it is the
-- block's first. Direct, own-domain and payment-page returns name none and never split. What a page view leaves out
-- (a tracker that keeps the tags but not the click id) is no change.
create or replace temp table part_starts as
with compared as (
    select event_key, page_number,
           (tags > 0 and tags is distinct from lag(tags) over named_order)
           or (click > 0 and click is distinct from lag(click) over named_order)
           or (ad > 0 and ad is distinct from lag(ad) over named_order)
           or (referrer > 0 and referrer is distinct from lag(referrer) over named_order) as differs
    from named_sources
    window named_order as (partition by device, block order by page_number)
)
select event_key from compared where page_number > 1 and differs;

drop table named_sources;

create or replace temp table numbered_hits as
select b.device, b.block, b.event_key, b.occurred_at, b.is_page, row_number() over hit_order as hit_number,
       sum((s.event_key is not null)::integer) over hit_order as part
from blocks b left join part_starts s on s.event_key = b.event_key
window hit_order as (partition by b.device, b.block order by b.occurred_at, b.rank, b.event_key);

drop table blocks;

create or replace temp table visit_spans as
with spans as (
    select device, block, part,
           arg_min(event_key, hit_number) filter (is_page) as visit_id,
           arg_max(event_key, hit_number) filter (is_page) as exit_key,
           min(occurred_at) as started_at, max(occurred_at) as ended_at,
           (count(*) filter (is_page))::integer as pageviews
    from numbered_hits
    group by device, block, part
    having bool_or(is_page)
)
select s.*, d.anonymous_id from spans s join devices d using (device);

create or replace temp table event_visits as
select n.event_key, s.visit_id
from numbered_hits n join visit_spans s using (device, block, part);

-- Each conversion with its person's touches within the widest window (A2), and what must be known of a whole path before
-- its touches can be weighted. Reads `entries`, `new_touches` and the windows of `profile`, so that the same file serves a
-- rebuild and a what-if.
--
-- A person's touches have turns: 1, 2, 3 ... in order of time. Those within a window before a conversion are neighbours,
-- so a touch's position is its turn less the first one's, and nothing needs to be sorted again.

create or replace temp table path_rows as
select e.entry_no, t.touch_id, t.origin_no, t.place_no, t.landing_no, t.touched_on, t.turn, t.engagement, t.channel = 'Direct' as is_direct,
       t.kind = 'view' as is_view, t.kind = 'synthetic' as is_synthetic, coalesce(t.ad_kind = 'ad', false) as is_ad,
       coalesce(t.ad_kind = 'without_spend', false) as is_ad_unspent,
       (epoch_us(e.occurred_at) - epoch_us(t.occurred_at)) / 1e6 as age_seconds
from entries e
join new_touches t on t.person_id = e.person_id and t.occurred_at <= e.occurred_at
where e.is_credited and not e.is_refund
  and (epoch_us(e.occurred_at) - epoch_us(t.occurred_at)) / 1e6
      <= case when t.kind = 'view' then (select view_window_seconds from profile)
              else (select greatest(click_window_seconds, first_touch_window_seconds) from profile) end;

-- Weights as whole numbers: their sums are the same in whatever order rows come, so every rebuild gives the same shares.
-- In units of 2^-100; an age of more than a hundred half-lives weighs as little as one of a hundred: never nothing.
create or replace temp macro decay(age_seconds) as
    cast(pow(2.0::double, 100 - least(age_seconds / (select half_life_days * 86400 from profile), 100)) as hugeint);
create or replace temp macro units(number) as cast(number * 1e15 as bigint);

-- Clicks, and views for where there is no click: an impression counts only when nothing else does (A2).
create or replace temp table path_sums as
with judged as (
    select *, age_seconds <= (select click_window_seconds from profile) as is_recent,
           age_seconds <= (select first_touch_window_seconds from profile) as is_first_recent
    from path_rows
), summed as (
    select entry_no,
           count(*) filter (not is_view and is_recent) as clicks,
           count(*) filter (not is_view and is_first_recent) as first_clicks,
           count(*) filter (is_view) as views,
           max(turn) filter (not is_view) as last_click,
           max(turn) filter (is_view) as last_view,
           max(turn) filter (not is_view and is_recent and not is_direct) as other_click,
           max(turn) filter (is_view and not is_direct) as other_view,
           sum(decay(age_seconds)) filter (not is_view and is_recent) as click_decay,
           sum(decay(age_seconds)) filter (is_view) as view_decay,
           sum(units(engagement)) filter (not is_view and is_recent) as click_engagement,
           sum(units(engagement)) filter (is_view) as view_engagement
    from judged
    group by entry_no
)
select entry_no, clicks > 0 as is_clicked, first_clicks > 0 as is_first_clicked,
       (case when clicks > 0 then clicks else views end)::integer as touch_count,
       (case when first_clicks > 0 then first_clicks else views end)::integer as first_count,
       -- the turn before the first eligible touch
       (case when clicks > 0 then last_click - clicks else last_view - views end)::integer as before,
       (case when first_clicks > 0 then last_click - first_clicks else last_view - views end)::integer as before_first,
       case when clicks > 0 then coalesce(other_click, last_click) else coalesce(other_view, last_view) end
           as last_non_direct,
       case when clicks > 0 then click_decay else view_decay end as decay_sum,
       case when clicks > 0 then click_engagement else view_engagement end as engagement_sum
from summed;

-- The path table (A2): each eligible conversion with its person's touches within the widest window, and position and
-- count of each touch per window. A model is a weight per row of it.

create or replace temp table new_paths as
with paired as (
    select c.conversion_id, t.touch_id, c.person_id, c.goal, c.converted_on, t.touched_on, t.occurred_at,
           (epoch_us(c.occurred_at) - epoch_us(t.occurred_at)) / 1e6 as age_seconds,
           t.kind, t.channel, t.source, t.medium, t.campaign, t.platform, t.campaign_id, t.ad_set_id, t.ad_id,
           t.engagement, case when c.revenue_type = 'cash' then c.amount_reporting end as amount_reporting
    from new_conversions c
    join new_touches t on t.person_id = c.person_id and t.occurred_at <= c.occurred_at
    where c.is_eligible and not c.is_negative
      and epoch_us(c.occurred_at) - epoch_us(t.occurred_at) <= 1000000 * case when t.kind = 'view'
          then (select view_window_seconds from profile)
          else (select greatest(click_window_seconds, first_touch_window_seconds) from profile) end
), judged as (
    select *,
           kind <> 'view' and age_seconds <= (select click_window_seconds from profile) as clicked,
           kind <> 'view' and age_seconds <= (select first_touch_window_seconds from profile) as first_clicked
    from paired
), eligible as (
    -- an impression counts only where nothing else does
    select *,
           clicked or (kind = 'view' and not bool_or(clicked) over conversion) as is_eligible,
           first_clicked or (kind = 'view' and not bool_or(first_clicked) over conversion) as is_first_eligible
    from judged
    window conversion as (partition by conversion_id)
)
select (select profile_id from profile) as profile_id, conversion_id, touch_id, person_id, goal, converted_on, touched_on,
       age_seconds, kind, channel, source, medium, campaign, platform, campaign_id, ad_set_id, ad_id, engagement,
       case when is_eligible then (count(*) filter (is_eligible) over so_far)::integer else 0 end as position,
       (count(*) filter (is_eligible) over conversion)::integer as touch_count,
       case when is_first_eligible then (count(*) filter (is_first_eligible) over so_far)::integer else 0 end
           as first_position,
       (count(*) filter (is_first_eligible) over conversion)::integer as first_count,
       amount_reporting
from eligible
window conversion as (partition by conversion_id),
       so_far as (partition by conversion_id order by occurred_at, touch_id rows unbounded preceding);

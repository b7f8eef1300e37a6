-- Touches (A1): visits at their start, imported touches and viewed impressions, and synthetic ones (A3).

create or replace temp table new_touches as
select (select profile_id from profile) as profile_id, v.visit_id as touch_id, 'visit' as kind, v.person_id, v.visit_id,
       v.started_at as occurred_at, v.started_on as touched_on, v.channel, v.source, v.medium, v.campaign, v.engagement,
       coalesce(r.platform, v.platform) as platform, r.campaign_id, r.ad_set_id, r.ad_id, r.resolved_by,
       coalesce(r.is_unresolved, false) as is_unresolved, p.place_no, l.landing_no, null::uuid as told_by,
       null::boolean as names_an_ad
from new_visits v
join new_visit_places p
    on p.country is not distinct from v.country and p.region is not distinct from v.region
   and p.city is not distinct from v.city and p.device is not distinct from v.device
   and p.browser is not distinct from v.browser and p.os is not distinct from v.os
join new_visit_landings l
    on l.entry_page is not distinct from v.entry_page and l.referrer is not distinct from v.referrer
left join resolved_ads r on r.subject = v.visit_id
union all
select (select profile_id from profile), t.record_key, t.kind,
       coalesce(n.person_id, o.person_id, device_person(t.anonymous_id)), null, t.occurred_at, local_day(t.occurred_at),
       coalesce(t.channel, c.channel), c.source, c.medium, c.campaign,
       greatest(0, least(100, coalesce(t.engagement, case when t.kind = 'visit' then 0 else 50 end))),
       coalesce(r.platform, c.platform), r.campaign_id, r.ad_set_id, r.ad_id, r.resolved_by,
       coalesce(r.is_unresolved, false), null, null, case when t.channel is null then t.record_key end, null
from live_touches t
join channels c on c.subject = t.record_key
left join record_people n on n.record_key = t.record_key
asof left join owner_changes o on o.anonymous_id = t.anonymous_id and t.occurred_at >= o.from_at
left join resolved_ads r on r.subject = t.record_key
where coalesce(n.person_id, o.person_id, device_person(t.anonymous_id)) is not null;

-- Conversions with campaign data of their own and no eligible touch (A2, A3). The person's last click and last
-- impression before it decide: if those are too old, so is every other.
create or replace temp table untouched as
with carrying as (
    select c.conversion_id, c.person_id, c.occurred_at,
           (c.goal <> 'lead_created', c.occurred_at, c.conversion_id) as turn,
           coalesce(r.platform, k.platform, n.platform) as platform,
           r.campaign_id, r.ad_set_id, r.ad_id, r.resolved_by, coalesce(r.is_unresolved, false) as is_unresolved,
           coalesce(d.utm_source, d.source) as source, d.utm_medium as medium,
           coalesce(d.utm_campaign, d.campaign_id) as campaign,
           coalesce(k.channel, channel_of(null, lower(d.utm_medium),
               case when coalesce(d.utm_source, d.source) is not null then coalesce(n.kind, 'other') end,
               true, null, null, 'always_paid')) as told_channel,
           k.subject as told_by,
           coalesce(d.campaign_id, d.ad_set_id, d.ad_id, r.campaign_id, d.click_ad::varchar) is not null as names_an_ad,
           coalesce(r.campaign_id, d.campaign_id, lower(d.utm_campaign), '') as campaign_name,
           coalesce(r.ad_set_id, d.ad_set_id, lower(d.utm_term)) as ad_set_name,
           coalesce(r.ad_id, d.ad_id, lower(d.utm_content)) as ad_name
    from converted c
    join conversion_records d on d.record_key = c.campaign_record
    left join channels k on k.subject = d.record_key
    left join source_names n on n.name = lower(coalesce(d.utm_source, d.source))
    left join resolved_ads r on r.subject = d.record_key
    where c.person_id is not null and not c.is_negative
), before as (
    select c.*, t.occurred_at as clicked_at, v.occurred_at as viewed_at
    from carrying c
    asof left join (select person_id, occurred_at from new_touches where kind <> 'view') t
        on t.person_id = c.person_id and c.occurred_at >= t.occurred_at
    asof left join (select person_id, occurred_at from new_touches where kind = 'view') v
        on v.person_id = c.person_id and c.occurred_at >= v.occurred_at
)
select * exclude (clicked_at, viewed_at)
from before
where coalesce(epoch_us(occurred_at) - epoch_us(clicked_at) > 1000000 * (select click_window_seconds from profile), true)
  and coalesce(epoch_us(occurred_at) - epoch_us(viewed_at) > 1000000 * (select view_window_seconds from profile), true);

-- One per person and ad. A later record often tells less than the lead form did: one that names only the campaign, or
-- only the ad set, means the ad the person came by.
create or replace temp table synthetic_touches as
with placed as (
    select *, coalesce(platform, first_value(platform ignore nulls) over known) as known_platform
    from untouched
    window known as (partition by person_id, campaign_name order by turn
                     rows between unbounded preceding and unbounded following)
), in_ad_set as (
    select *, coalesce(ad_name, case when ad_set_name is not null then first_value(ad_name ignore nulls) over known end,
                       chr(31) || ad_set_name) as place
    from placed
    window known as (partition by person_id, known_platform, campaign_name, ad_set_name order by turn
                     rows between unbounded preceding and unbounded following)
), in_campaign as (
    select *, coalesce(place, first_value(place ignore nulls) over known, '') as ad
    from in_ad_set
    window known as (partition by person_id, known_platform, campaign_name order by turn
                     rows between unbounded preceding and unbounded following)
), joined as (
    select person_id, arg_min(conversion_id, turn) as conversion_id, arg_min(occurred_at, turn) as occurred_at,
           arg_min(told_channel, turn) as told_channel, arg_min_null(told_by, turn) as told_by,
           bool_or(names_an_ad) as names_an_ad,
           arg_min(source, turn) as source, arg_min(medium, turn) as medium, arg_min(campaign, turn) as campaign,
           known_platform as platform, arg_min(campaign_id, turn) as campaign_id, arg_min(ad_set_id, turn) as ad_set_id,
           arg_min(ad_id, turn) as ad_id, arg_min(resolved_by, turn) as resolved_by,
           bool_and(is_unresolved) as is_unresolved
    from in_campaign
    group by person_id, known_platform, campaign_name, ad
)
select md5('synthetic' || conversion_id)::uuid as touch_id, person_id, occurred_at,
       synthetic_channel(told_channel, medium, names_an_ad, platform) as channel,
       source, medium, campaign, platform, campaign_id, ad_set_id, ad_id, resolved_by, is_unresolved, told_by,
       names_an_ad
from joined;

insert into new_touches
select (select profile_id from profile), touch_id, 'synthetic', person_id, null, occurred_at, local_day(occurred_at),
       channel, source, medium, campaign, 50, platform, campaign_id, ad_set_id, ad_id, resolved_by, is_unresolved,
       null, null, told_by, names_an_ad
from synthetic_touches;

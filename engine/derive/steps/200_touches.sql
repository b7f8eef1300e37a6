-- Touches (A1): visits at their start, imported touches and viewed impressions, and synthetic ones (A3).

create or replace temp table real_touches as
select v.visit_id as touch_id, 'visit' as kind, v.person_id, v.visit_id, v.started_at as occurred_at, v.channel,
       v.source, v.medium, v.campaign, v.engagement, coalesce(r.platform, v.platform) as platform,
       r.campaign_id, r.ad_set_id, r.ad_id, r.resolved_by, coalesce(r.is_unresolved, false) as is_unresolved
from new_visits v
left join resolved_ads r on r.subject = v.visit_id
union all
select t.record_key, t.kind, coalesce(n.person_id, o.person_id, device_person(t.anonymous_id)), null, t.occurred_at,
       coalesce(t.channel, c.channel), c.source, c.medium, c.campaign,
       coalesce(t.engagement, case when t.kind = 'visit' then 0 else 50 end),
       coalesce(r.platform, c.platform), r.campaign_id, r.ad_set_id, r.ad_id, r.resolved_by,
       coalesce(r.is_unresolved, false)
from (select * from raw_touches where profile_id = (select profile_id from profile)) t
join channels c on c.subject = t.record_key
left join (
    select record_key, arg_min(p.person_id, k.strength) as person_id
    from (unpivot (select record_key, email, user_id from sightings) on email, user_id into name kind value value)
    join known_identifiers k using (kind, value)
    join identifier_people p on p.node = k.node and p.person_id is not null
    group by record_key
) n on n.record_key = t.record_key
asof left join owner_changes o on o.anonymous_id = t.anonymous_id and t.occurred_at >= o.from_at
left join resolved_ads r on r.subject = t.record_key
where coalesce(n.person_id, o.person_id, device_person(t.anonymous_id)) is not null;

-- Conversions with campaign data of their own and no eligible touch (A2, A3).
create or replace temp table untouched as
select c.conversion_id, c.person_id, c.goal, c.occurred_at, c.record_key,
       coalesce(r.platform, c.platform) as platform, r.campaign_id, r.ad_set_id, r.ad_id, r.resolved_by,
       coalesce(r.is_unresolved, false) as is_unresolved,
       coalesce(k.source, l.source) as source, k.medium, coalesce(k.campaign, l.utm_campaign, l.campaign_id) as campaign,
       case when c.platform in ('google', 'microsoft') then 'Paid Search'
            when coalesce(l.campaign_id, l.ad_set_id, l.ad_id) is not null and k.medium is null then
                case when coalesce(r.platform, c.platform) in ('google', 'microsoft') then 'Paid Search' else 'Paid Social' end
            else coalesce(k.channel, 'Paid Social') end as channel,
       concat_ws(chr(31), coalesce(r.platform, c.platform, ''),
                 coalesce(l.ad_id, l.utm_content, ''), coalesce(l.ad_set_id, l.utm_term, ''),
                 coalesce(l.campaign_id, l.utm_campaign, '')) as ad
from new_conversions c
join live_conversions l on l.record_key = c.record_key
left join channels k on k.subject = c.record_key
left join resolved_ads r on r.subject = c.record_key
where c.person_id is not null and not c.is_negative
  and coalesce(l.campaign_id, l.ad_set_id, l.ad_id, l.utm_campaign) is not null
  and not exists (
      from real_touches t
      where t.person_id = c.person_id and t.occurred_at <= c.occurred_at
        and epoch_us(c.occurred_at) - epoch_us(t.occurred_at) <= 1000000 * case when t.kind = 'view'
            then (select view_window_seconds from profile) else (select click_window_seconds from profile) end);

create or replace temp table synthetic_touches as
select md5(concat_ws(chr(31), 'synthetic', person_id, ad))::uuid as touch_id, person_id,
       coalesce(min(occurred_at) filter (goal = 'lead_created'), min(occurred_at)) as occurred_at,
       arg_min(channel, first_order) as channel, arg_min(source, first_order) as source,
       arg_min(medium, first_order) as medium, arg_min(campaign, first_order) as campaign,
       arg_min(platform, first_order) as platform, arg_min(campaign_id, first_order) as campaign_id,
       arg_min(ad_set_id, first_order) as ad_set_id, arg_min(ad_id, first_order) as ad_id,
       arg_min(resolved_by, first_order) as resolved_by, bool_and(is_unresolved) as is_unresolved
from (select *, (occurred_at, conversion_id) as first_order from untouched)
group by person_id, ad;

create or replace temp table new_touches as
select (select profile_id from profile) as profile_id, touch_id, kind, person_id, visit_id, occurred_at,
       local_day(occurred_at) as touched_on, channel, source, medium, campaign, engagement, platform, campaign_id,
       ad_set_id, ad_id, resolved_by, is_unresolved
from real_touches
union all
select (select profile_id from profile), touch_id, 'synthetic', person_id, null, occurred_at, local_day(occurred_at),
       channel, source, medium, campaign, 50, platform, campaign_id, ad_set_id, ad_id, resolved_by, is_unresolved
from synthetic_touches;

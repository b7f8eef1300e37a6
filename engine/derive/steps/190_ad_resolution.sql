-- Which ad entity a touch names (A6): platform ids in its URL or the ad of its click, else exact names within its platform.
-- A click tells more than the URL where both agree; where they do not, the URL is believed.
-- Two of one name: the one delivered under it that day; still two: unresolved.

create or replace temp table ad_questions as
select s.visit_id as subject, s.started_on as day, c.platform, c.channel, c.campaign as campaign_name,
       c.term as ad_set_name, c.content as ad_name,
       coalesce(p.campaign_id, c.campaign) as campaign_id, coalesce(p.ad_set_id, c.term) as ad_set_id,
       coalesce(p.ad_id, c.content) as ad_id,
       p.click_ad, coalesce(p.campaign_id, p.ad_set_id, p.ad_id) is not null or p.click_ad is not null as has_ids
from new_visits s
join channels c on c.subject = s.visit_id
left join entry_ads p on p.visit_id = s.visit_id
where coalesce(c.campaign, c.term, c.content, p.campaign_id, p.ad_set_id, p.ad_id) is not null or p.click_ad is not null
union all
select t.record_key, local_day(t.occurred_at), c.platform, coalesce(t.channel, c.channel), c.campaign, c.term, c.content,
       coalesce(t.campaign_id, c.campaign), coalesce(t.ad_set_id, c.term), coalesce(t.ad_id, c.content), k.click_ad,
       coalesce(t.campaign_id, t.ad_set_id, t.ad_id) is not null or k.click_ad is not null
from (
    select * exclude (campaign_id, ad_set_id, ad_id),
           coalesce(campaign_id, filled(parameter_text(parameters, lowered, 'campaign_id')),
                    filled(parameter_text(parameters, lowered, 'hsa_cam'))) as campaign_id,
           coalesce(ad_set_id, filled(parameter_text(parameters, lowered, 'adset_id')),
                    filled(parameter_text(parameters, lowered, 'hsa_grp'))) as ad_set_id,
           coalesce(ad_id, filled(parameter_text(parameters, lowered, 'ad_id')),
                    filled(parameter_text(parameters, lowered, 'hsa_ad'))) as ad_id,
           filled(parameter_text(parameters, lowered, 'gclid')) as gclid
    from (select *, url_parameters(url) as parameters, lower(parameters) as lowered from live_touches)
) t
join channels c on c.subject = t.record_key
left join clicks k on k.gclid = hash(t.gclid)
where coalesce(c.campaign, c.term, c.content, t.campaign_id, t.ad_set_id, t.ad_id) is not null or k.click_ad is not null
union all
select r.record_key, local_day(r.occurred_at), coalesce(k.platform, n.platform), k.channel, r.utm_campaign, r.utm_term,
       r.utm_content, coalesce(r.campaign_id, r.utm_campaign), coalesce(r.ad_set_id, r.utm_term),
       coalesce(r.ad_id, r.utm_content), r.click_ad,
       coalesce(r.campaign_id, r.ad_set_id, r.ad_id) is not null or r.click_ad is not null
from conversion_records r
left join channels k on k.subject = r.record_key
left join source_names n on n.name = lower(coalesce(r.utm_source, r.source))
where r.has_campaign;

-- Every distinct question once; there are few campaigns and many touches.
create or replace temp table distinct_ad_questions as
select row_number() over () as question, *
from (select distinct day, platform, campaign_name, ad_set_name, ad_name, campaign_id, ad_set_id, ad_id, click_ad
      from ad_questions);

-- The deepest level that an id tells settles the levels above it.
create or replace temp table ads_by_id as
with hits as (
    select q.question, q.platform as wanted, e.*, 3 as depth, false as is_click from distinct_ad_questions q
    join new_ad_entities e on e.level = 'ad' and e.entity_id = q.ad_id
    union all
    select q.question, q.platform, e.*, 2, false from distinct_ad_questions q
    join new_ad_entities e on e.level = 'ad_set' and e.entity_id = q.ad_set_id
    union all
    select q.question, q.platform, e.*, 1, false from distinct_ad_questions q
    join new_ad_entities e on e.level = 'campaign' and e.entity_id = q.campaign_id
    union all
    select q.question, 'google', e.*, case e.level when 'ad' then 3 when 'ad_set' then 2 else 1 end, true
    from distinct_ad_questions q
    join clicked_ads k on k.click_ad = q.click_ad
    join new_ad_entities e
        on e.platform = 'google'
       and e.entity_id = case e.level when 'ad' then k.ad_id when 'ad_set' then k.ad_set_id else k.campaign_id end
), told as (
    select question, is_click, depth, platform, campaign_id, case when depth > 1 then ad_set_id end as ad_set_id,
           case when depth = 3 then entity_id end as ad_id
    from hits
    where wanted is null or wanted = platform
    qualify count(*) over (partition by question, is_click, depth) = 1
), deepest as (
    select * from told
    qualify row_number() over (partition by question, is_click order by depth desc) = 1
)
select d.* exclude (depth, is_click), case when d.is_click then 'click_id' else 'id' end as resolved_by
from deepest d
left join deepest u on u.question = d.question and d.is_click and not u.is_click
qualify row_number() over (
    partition by d.question
    order by coalesce(u.platform <> d.platform or u.campaign_id <> d.campaign_id or u.ad_set_id <> d.ad_set_id, false),
             d.depth desc, d.is_click) = 1;

create or replace temp table campaigns_by_name as
with hits as (
    select q.question, q.day, n.platform, n.level, n.entity_id, n.name
    from distinct_ad_questions q
    join entity_names n on n.platform = q.platform and n.level = 'campaign' and n.name = lower(trim(q.campaign_name))
    anti join ads_by_id i on i.question = q.question
), judged as (
    select h.question, h.platform, h.entity_id, bool_or(d.day is not null) as delivered
    from hits h
    left join delivery_days d on d.platform = h.platform and d.level = h.level and d.entity_id = h.entity_id
         and d.day = h.day and coalesce(d.name, h.name) = h.name
    group by h.question, h.platform, h.entity_id
)
select question, platform, entity_id as campaign_id
from judged
window same as (partition by question)
qualify count(*) over same = 1 or (delivered and count(*) filter (delivered) over same = 1);

-- What is known so far; names of ad sets and ads are looked up inside the campaign, however that was found.
create or replace temp table known_campaigns as
select question, platform, campaign_id, ad_set_id, ad_id, resolved_by from ads_by_id
union all
select question, platform, campaign_id, null, null, 'name' from campaigns_by_name;

create or replace temp table ad_sets_by_name as
with hits as (
    select q.question, q.day, n.platform, n.level, n.entity_id, n.name
    from known_campaigns c join distinct_ad_questions q using (question)
    join entity_names n on n.platform = c.platform and n.level = 'ad_set' and n.campaign_id = c.campaign_id
         and n.name = lower(trim(q.ad_set_name))
    where c.ad_set_id is null and c.ad_id is null
), judged as (
    select h.question, h.entity_id, bool_or(d.day is not null) as delivered
    from hits h
    left join delivery_days d on d.platform = h.platform and d.level = h.level and d.entity_id = h.entity_id
         and d.day = h.day and coalesce(d.name, h.name) = h.name
    group by h.question, h.entity_id
)
select question, entity_id as ad_set_id
from judged
window same as (partition by question)
qualify count(*) over same = 1 or (delivered and count(*) filter (delivered) over same = 1);

create or replace temp table ads_by_name as
with hits as (
    select q.question, q.day, n.platform, n.level, n.entity_id, n.ad_set_id, n.name
    from known_campaigns c join distinct_ad_questions q using (question)
    left join ad_sets_by_name s using (question)
    join entity_names n on n.platform = c.platform and n.level = 'ad' and n.campaign_id = c.campaign_id
         and n.name = lower(trim(q.ad_name))
    where c.ad_id is null and coalesce(n.ad_set_id = coalesce(c.ad_set_id, s.ad_set_id), true)
), judged as (
    select h.question, h.entity_id, h.ad_set_id, bool_or(d.day is not null) as delivered
    from hits h
    left join delivery_days d on d.platform = h.platform and d.level = h.level and d.entity_id = h.entity_id
         and d.day = h.day and coalesce(d.name, h.name) = h.name
    group by h.question, h.entity_id, h.ad_set_id
)
select question, entity_id as ad_id, ad_set_id
from judged
window same as (partition by question)
qualify count(*) over same = 1 or (delivered and count(*) filter (delivered) over same = 1);

create or replace temp table resolved_ads as
select q.subject,
       coalesce(c.platform, q.platform) as platform, c.campaign_id,
       coalesce(c.ad_set_id, s.ad_set_id, a.ad_set_id) as ad_set_id, coalesce(c.ad_id, a.ad_id) as ad_id,
       c.resolved_by,
       -- names an ad that nobody knows, or that two could be: only where an ad was meant
       c.question is null
           and (q.has_ids or (q.campaign_name is not null and q.channel in ('Paid Social', 'Paid Search', 'Display')))
           as is_unresolved
from ad_questions q
join distinct_ad_questions d on d.day is not distinct from q.day and d.platform is not distinct from q.platform
     and d.campaign_name is not distinct from q.campaign_name and d.ad_set_name is not distinct from q.ad_set_name
     and d.ad_name is not distinct from q.ad_name and d.campaign_id is not distinct from q.campaign_id
     and d.ad_set_id is not distinct from q.ad_set_id and d.ad_id is not distinct from q.ad_id
     and d.click_ad is not distinct from q.click_ad
left join known_campaigns c using (question)
left join ad_sets_by_name s using (question)
left join ads_by_name a using (question);

-- Which ad entity a touch names (A6): platform ids in its URL, else exact names within its platform.
-- Two of one name: the one with delivery that day; still two: unresolved.

create or replace temp table ad_questions as
select s.visit_id as subject, s.started_on as day, c.platform, c.channel, c.campaign as campaign_name, c.term as ad_set_name,
       c.content as ad_name,
       coalesce(p.campaign_id, c.campaign) as campaign_id, coalesce(p.ad_set_id, c.term) as ad_set_id,
       coalesce(p.ad_id, c.content) as ad_id,
       coalesce(p.campaign_id, p.ad_set_id, p.ad_id) is not null as has_ids
from new_visits s
join channels c on c.subject = s.visit_id
join page_views p on p.event_key = s.visit_id
where c.campaign is not null or p.campaign_id is not null or p.ad_set_id is not null or p.ad_id is not null
union all
select t.record_key, local_day(t.occurred_at), c.platform, coalesce(t.channel, c.channel), c.campaign, c.term, c.content,
       coalesce(t.campaign_id, c.campaign), coalesce(t.ad_set_id, c.term), coalesce(t.ad_id, c.content),
       coalesce(t.campaign_id, t.ad_set_id, t.ad_id) is not null
from raw_touches t
join channels c on c.subject = t.record_key
where t.profile_id = (select profile_id from profile)
union all
select c.record_key, local_day(c.occurred_at), k.platform, k.channel, c.utm_campaign, c.utm_term, c.utm_content,
       coalesce(c.campaign_id, c.utm_campaign), coalesce(c.ad_set_id, c.utm_term), coalesce(c.ad_id, c.utm_content),
       coalesce(c.campaign_id, c.ad_set_id, c.ad_id) is not null
from live_conversions c
left join channels k on k.subject = c.record_key
where coalesce(c.campaign_id, c.ad_set_id, c.ad_id, c.utm_campaign) is not null;

-- Every distinct question once; there are few campaigns and many touches.
create or replace temp table distinct_ad_questions as
select row_number() over () as question, * from (select distinct * exclude (subject, channel) from ad_questions);

create or replace temp table ads_by_id as
with hits as (
    select q.question, q.platform as wanted, e.* from distinct_ad_questions q
    join new_ad_entities e on e.level = 'ad' and e.entity_id = q.ad_id
    union all
    select q.question, q.platform, e.* from distinct_ad_questions q
    join new_ad_entities e on e.level = 'ad_set' and e.entity_id = q.ad_set_id
    union all
    select q.question, q.platform, e.* from distinct_ad_questions q
    join new_ad_entities e on e.level = 'campaign' and e.entity_id = q.campaign_id
)
select question, arg_max(platform, depth) as platform, arg_max(campaign_id, depth) as campaign_id,
       arg_max(ad_set_id, depth) as ad_set_id, arg_max(ad_id, depth) as ad_id
from (
    select question, platform, campaign_id, case when level = 'campaign' then null else ad_set_id end as ad_set_id,
           case when level = 'ad' then entity_id end as ad_id,
           list_position(['campaign', 'ad_set', 'ad'], level) as depth,
           count(*) over (partition by question, level) as of_level
    from hits
    where wanted is null or wanted = platform
)
where of_level = 1
group by question;

create or replace temp table campaigns_by_name as
with hits as (
    select q.question, q.day, e.platform, e.entity_id
    from distinct_ad_questions q
    join new_ad_entities e on e.platform = q.platform and e.level = 'campaign' and lower(e.name) = lower(q.campaign_name)
    where q.question not in (select question from ads_by_id)
), judged as (
    select h.*, d.day is not null as delivered, count(*) over (partition by question) as candidates,
           count(d.day) over (partition by question) as delivering
    from hits h
    left join delivery_days d
        on d.platform = h.platform and d.level = 'campaign' and d.entity_id = h.entity_id and d.day = h.day
)
select question, platform, entity_id as campaign_id
from judged where candidates = 1 or (delivering = 1 and delivered);

create or replace temp table ad_sets_by_name as
with hits as (
    select q.question, q.day, c.platform, e.entity_id
    from campaigns_by_name c join distinct_ad_questions q using (question)
    join new_ad_entities e on e.platform = c.platform and e.level = 'ad_set' and e.campaign_id = c.campaign_id
         and lower(e.name) = lower(q.ad_set_name)
), judged as (
    select h.*, d.day is not null as delivered, count(*) over (partition by question) as candidates,
           count(d.day) over (partition by question) as delivering
    from hits h
    left join delivery_days d
        on d.platform = h.platform and d.level = 'ad_set' and d.entity_id = h.entity_id and d.day = h.day
)
select question, entity_id as ad_set_id from judged where candidates = 1 or (delivering = 1 and delivered);

create or replace temp table ads_by_name as
with hits as (
    select q.question, q.day, c.platform, e.entity_id, e.ad_set_id
    from campaigns_by_name c join distinct_ad_questions q using (question)
    left join ad_sets_by_name s using (question)
    join new_ad_entities e on e.platform = c.platform and e.level = 'ad' and e.campaign_id = c.campaign_id
         and (s.ad_set_id is null or e.ad_set_id = s.ad_set_id) and lower(e.name) = lower(q.ad_name)
), judged as (
    select h.*, d.day is not null as delivered, count(*) over (partition by question) as candidates,
           count(d.day) over (partition by question) as delivering
    from hits h
    left join delivery_days d
        on d.platform = h.platform and d.level = 'ad' and d.entity_id = h.entity_id and d.day = h.day
)
select question, entity_id as ad_id, ad_set_id from judged where candidates = 1 or (delivering = 1 and delivered);

create or replace temp table resolved_ads as
select q.subject,
       coalesce(i.platform, c.platform, q.platform) as platform,
       coalesce(i.campaign_id, c.campaign_id) as campaign_id,
       coalesce(i.ad_set_id, s.ad_set_id, a.ad_set_id) as ad_set_id,
       coalesce(i.ad_id, a.ad_id) as ad_id,
       case when i.question is not null then 'id' when c.question is not null then 'name' end as resolved_by,
       -- names an ad that nobody knows, or that two could be: only where an ad was meant
       i.question is null and c.question is null
           and (q.has_ids or q.channel in ('Paid Social', 'Paid Search', 'Display')) as is_unresolved
from ad_questions q
join distinct_ad_questions d on d.day is not distinct from q.day and d.platform is not distinct from q.platform
     and d.campaign_name is not distinct from q.campaign_name and d.ad_set_name is not distinct from q.ad_set_name
     and d.ad_name is not distinct from q.ad_name and d.campaign_id is not distinct from q.campaign_id
     and d.ad_set_id is not distinct from q.ad_set_id and d.ad_id is not distinct from q.ad_id
     and d.has_ids = q.has_ids
left join ads_by_id i using (question)
left join campaigns_by_name c using (question)
left join ad_sets_by_name s using (question)
left join ads_by_name a using (question);

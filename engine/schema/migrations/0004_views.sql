-- The documented views: what `attribench sql` and other programs read. Names and meanings stay; columns may be added.

create view v_events as
select p.name as profile, e.event_key, e.visit_id, v.person_id, e.occurred_at, e.event_type, e.agent_kind,
       r.event_id, r.event_name, r.anonymous_id, r.session_id, r.user_id, r.email, r.phone, r.url,
       coalesce(e.path, r.path) as path, r.title, r.referrer,
       r.utm_source, r.utm_medium, r.utm_campaign, r.utm_content, r.utm_term,
       r.value_amount, r.currency, r.order_id, r.checkout_token, r.payload,
       r.import_id, i.file_name, r.line
from events e
join profiles p using (profile_id)
join raw_events r on r.profile_id = e.profile_id and r.record_key = e.event_key and r.content_hash = e.content_hash
left join visits v on v.profile_id = e.profile_id and v.visit_id = e.visit_id
left join imports i on i.import_id = r.import_id;

create view v_visits as
select p.name as profile, v.* exclude (profile_id)
from visits v join profiles p using (profile_id);

create view v_people as
select p.name as profile, e.* exclude (profile_id)
from people e join profiles p using (profile_id);

create view v_conversions as
select p.name as profile, c.* exclude (profile_id)
from conversions c join profiles p using (profile_id);

create view v_touches as
select p.name as profile, t.* exclude (profile_id), c.name as campaign_name, s.name as ad_set_name, a.name as ad_name
from touches t
join profiles p using (profile_id)
left join ad_entities c
    on c.profile_id = t.profile_id and c.platform = t.platform and c.level = 'campaign' and c.entity_id = t.campaign_id
left join ad_entities s
    on s.profile_id = t.profile_id and s.platform = t.platform and s.level = 'ad_set' and s.entity_id = t.ad_set_id
left join ad_entities a
    on a.profile_id = t.profile_id and a.platform = t.platform and a.level = 'ad' and a.entity_id = t.ad_id;

create view v_paths as
select p.name as profile, x.* exclude (profile_id)
from paths x join profiles p using (profile_id);

create view v_cash as
select p.name as profile, x.* exclude (profile_id)
from cash x join profiles p using (profile_id);

create view v_ad_daily as
select p.name as profile, d.* exclude (profile_id), c.name as campaign, s.name as ad_set, a.name as ad,
       i.file_name, r.line
from ad_daily d
join profiles p using (profile_id)
left join ad_entities c
    on c.profile_id = d.profile_id and c.platform = d.platform and c.level = 'campaign' and c.entity_id = d.campaign_id
left join ad_entities s
    on s.profile_id = d.profile_id and s.platform = d.platform and s.level = 'ad_set' and s.entity_id = d.ad_set_id
left join ad_entities a
    on a.profile_id = d.profile_id and a.platform = d.platform and a.level = 'ad' and a.entity_id = d.ad_id
left join (
    select profile_id, record_key, content_hash, max(import_id) as import_id, max_by(line, import_id) as line
    from raw_ad_spend group by all
) r on r.profile_id = d.profile_id and r.record_key = d.record_key and r.content_hash = d.content_hash
left join imports i on i.import_id = r.import_id;

create view v_identifiers as
select p.name as profile, x.* exclude (profile_id)
from identifiers x join profiles p using (profile_id);

create view v_conflicts as
select p.name as profile, x.* exclude (profile_id)
from identity_conflicts x join profiles p using (profile_id);

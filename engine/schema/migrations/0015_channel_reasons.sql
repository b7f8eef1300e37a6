-- What a visit's and a touch's channel was decided by, so that a preview of other channel rules needs no rebuild.

drop view v_touches;

alter table visits add column tagged_source varchar;   -- utm_source; `source` is filled in where there is none
alter table visits add column referrer_kind varchar;   -- search | social | mail | ai | null
alter table touches add column told_by uuid;           -- the record whose tags tell the channel; null: it is not told
alter table touches add column names_an_ad boolean;    -- synthetic touches (A3)

create view v_touches as
select p.name as profile, t.* exclude (profile_id, place_no, landing_no, told_by, names_an_ad),
       c.name as campaign_name, s.name as ad_set_name, a.name as ad_name
from touches t
join profiles p using (profile_id)
left join ad_entities c
    on c.profile_id = t.profile_id and c.platform = t.platform and c.level = 'campaign' and c.entity_id = t.campaign_id
left join ad_entities s
    on s.profile_id = t.profile_id and s.platform = t.platform and s.level = 'ad_set' and s.entity_id = t.ad_set_id
left join ad_entities a
    on a.profile_id = t.profile_id and a.platform = t.platform and a.level = 'ad' and a.entity_id = t.ad_id;

update profiles set is_stale = true;

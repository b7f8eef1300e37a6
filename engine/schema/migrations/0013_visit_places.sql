-- Where and with what people visited, and where they landed, as numbers: boards and filters of these need no join of path
-- rows with visits, which are as many and known by long ids. All derived: rebuilt, not kept.

drop view v_touches;

create table visit_places (
    profile_id  integer not null,
    place_no    integer not null,          -- 1.. in order of what follows
    country     varchar,
    region      varchar,
    city        varchar,
    device      varchar,
    browser     varchar,
    os          varchar
);

create table visit_landings (
    profile_id  integer not null,
    landing_no  integer not null,
    entry_page  varchar,
    referrer    varchar
);

-- Null for touches that are no visit.
alter table touches add column place_no integer;
alter table touches add column landing_no integer;
alter table paths add column place_no integer;
alter table paths add column landing_no integer;

create view v_touches as
select p.name as profile, t.* exclude (profile_id, place_no, landing_no), c.name as campaign_name,
       s.name as ad_set_name, a.name as ad_name
from touches t
join profiles p using (profile_id)
left join ad_entities c
    on c.profile_id = t.profile_id and c.platform = t.platform and c.level = 'campaign' and c.entity_id = t.campaign_id
left join ad_entities s
    on s.profile_id = t.profile_id and s.platform = t.platform and s.level = 'ad_set' and s.entity_id = t.ad_set_id
left join ad_entities a
    on a.profile_id = t.profile_id and a.platform = t.platform and a.level = 'ad' and a.entity_id = t.ad_id;

update profiles set is_stale = true, derived_at = null;

-- The deal (a CRM's opportunity) a conversion belongs to: one deal reaches a goal once (G2).
alter table raw_conversions add column deal_id varchar;
alter table conversions add column deal_id varchar;

-- A view keeps the columns it was made with.
create or replace view v_conversions as
select p.name as profile, c.* exclude (profile_id)
from conversions c join profiles p using (profile_id);

update profiles set is_stale = true;

-- When a visitor had been there before, so that visitors of a range are counted by their first visit in it.

drop view v_visits;

alter table visits add column before_on date;          -- day of the visitor's visit before this one
alter table visits add column entered_before_on date;  -- of the one before on the same entry page

create view v_visits as
select p.name as profile, v.* exclude (profile_id, visitor, tagged_source, referrer_kind, before_on, entered_before_on)
from visits v join profiles p using (profile_id);

update profiles set is_stale = true, derived_at = null;

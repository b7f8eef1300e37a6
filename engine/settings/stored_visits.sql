-- Stored visits as they ask for a channel; what a rebuild reads from page views (070_visit_questions).

create or replace temp table visit_questions as
select visit_id as subject, tagged_source as source, medium, campaign, content, term, referrer, referrer_kind,
       click_id_kind, entry_page
from visits where profile_id = (select profile_id from profile);

create or replace temp view event_visits as
select event_key, visit_id from events
where profile_id = (select profile_id from profile) and visit_id is not null;

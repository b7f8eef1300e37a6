-- Numbers for what visits share: where and with what somebody visited, and where they landed from where.

create or replace temp table new_visit_places as
select (select profile_id from profile) as profile_id,
       (row_number() over (order by country, region, city, device, browser, os))::integer as place_no, *
from (select distinct country, region, city, device, browser, os from new_visits);

create or replace temp table new_visit_landings as
select (select profile_id from profile) as profile_id,
       (row_number() over (order by entry_page, referrer))::integer as landing_no, *
from (select distinct entry_page, referrer from new_visits);

-- Stored visits and touches with the channels of other rules; what a rebuild derives in 110 and 200.

create or replace temp table new_visits as
select v.* replace (c.channel as channel)
from visits v join channels c on c.subject = v.visit_id
where v.profile_id = (select profile_id from profile);

create or replace temp table new_touches as
select t.* exclude (origin_no, ad_kind, turn)
       replace (case when c.subject is null then t.channel
                     when t.kind = 'synthetic' then synthetic_channel(c.channel, t.medium, t.names_an_ad, t.platform)
                     else c.channel end as channel)
from touches t left join channels c on c.subject = coalesce(t.visit_id, t.told_by)
where t.profile_id = (select profile_id from profile);

create or replace temp table new_ad_entities as
select * exclude (channel, source) from ad_entities where profile_id = (select profile_id from profile);

create or replace temp view new_ad_daily as
from ad_daily where profile_id = (select profile_id from profile);

create or replace temp view entries as
select * exclude (profile_id, touch_count, first_count) from credit_entries
where profile_id = (select profile_id from profile);

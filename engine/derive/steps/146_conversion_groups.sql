-- Groups that depend on time (G2): leads of a day, and appointments that CRM and tracker both tell of (section 8).
-- A group is called by its first lead, or by its CRM appointment: ids do not change when the other record arrives.

-- Leads of one person within 24 hours of the first are one lead; a deal is a lead when it first was one.
create or replace temp table lead_records as
select record_key, person_id, group_key, raw_table, source_id,
       min(occurred_at) over (partition by person_id, group_key) as occurred_at
from keyed_records
where goal = 'lead_created' and person_id is not null;

create or replace temp table lead_starts as
with times as (
    select person_id, list_sort(list(distinct occurred_at)) as moments from lead_records group by person_id
), anchors as (
    select person_id,
           list_reduce(list_transform(moments, lambda t: [t]),
                       lambda kept, t: case when t[1] > kept[-1] + interval 24 hour
                                                then list_concat(kept, t) else kept end) as kept
    from times
)
select person_id, unnest(kept) as started_at from anchors;

create or replace temp table lead_groups as
select r.record_key,
       first_value(r.group_key) over (partition by r.person_id, s.started_at
                                      order by r.occurred_at, r.raw_table, r.source_id) as lead_key
from lead_records r
asof join lead_starts s on s.person_id = r.person_id and r.occurred_at >= s.started_at;

create or replace temp table grouped_records as
select r.* exclude (group_key), coalesce(l.lead_key, a.appointment_key, r.group_key) as group_key
from keyed_records r
left join lead_groups l using (record_key)
left join appointment_pairs a using (record_key);

drop table lead_groups;
drop table lead_records;

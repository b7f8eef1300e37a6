-- Groups that depend on time (G2): leads of a day, and appointments that CRM and tracker both tell of (section 8).

-- Leads of one person within 24 hours of the first are one lead.
create or replace temp table lead_starts as
with times as (
    select person_id, list_sort(list(distinct occurred_at)) as moments from keyed_records
    where goal = 'lead_created' and person_id is not null group by person_id
), anchors as (
    select person_id,
           list_reduce(list_transform(moments, lambda t: [t]),
                       lambda kept, t: case when t[1] > kept[-1] + interval 24 hour then list_concat(kept, t) else kept end)
               as kept
    from times
)
select person_id, unnest(kept) as started_at from anchors;

create or replace temp table grouped_records as
select r.* exclude (group_key),
       case
           when s.started_at is not null then concat_ws(chr(31), 'lead', r.person_id, epoch_us(s.started_at))
           when a.crm_key is not null then concat_ws(chr(31), 'appointment', a.crm_key)
           else r.group_key
       end as group_key
from keyed_records r
asof left join lead_starts s
    on s.person_id = case when r.goal = 'lead_created' then r.person_id end and r.occurred_at >= s.started_at
left join appointment_pairs a on a.record_key = r.record_key;

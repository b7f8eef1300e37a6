-- CRM stages that tell of an appointment the calendar or the tracker told of already (G2, section 8). A stage has no start
-- of its own. "Booked" is the person's appointment that was booked within 30 minutes of it or was still to come then;
-- "showed" and "no-show" the one that had begun, until a day after its end. The nearest counts; other stages of the same
-- deal that say the same go with it. Appointments themselves are never joined here.

create or replace temp table told_appointments as
select r.goal, r.person_id, coalesce(p.appointment_key, r.group_key) as appointment_key,
       arg_min(r.occurred_at, r.raw_table) as told_at, arg_min(r.starts_at, r.raw_table) as starts_at,
       arg_min(coalesce(r.ends_at, r.starts_at), r.raw_table) as ends_at
from keyed_records r
left join appointment_pairs p using (record_key)
where r.goal in ('appointment_booked', 'showed', 'no_show') and not r.is_stage and r.person_id is not null
group by all;

create or replace temp table told_stages as
select record_key, goal, person_id, deal_id, occurred_at from keyed_records
where goal in ('appointment_booked', 'showed', 'no_show') and is_stage and person_id is not null;

create or replace temp table stage_appointments as
select s.*, a.appointment_key
from told_stages s
join told_appointments a on a.person_id = s.person_id and a.goal = s.goal
where abs(epoch_us(s.occurred_at) - epoch_us(a.told_at)) <= 30 * 60 * 1000000
   or (s.goal = 'appointment_booked' and s.occurred_at between a.told_at and a.starts_at)
   or (s.goal <> 'appointment_booked' and s.occurred_at between a.starts_at and a.ends_at + interval 24 hour)
qualify row_number() over (partition by s.record_key
                           order by abs(epoch_us(s.occurred_at) - epoch_us(a.told_at)), a.appointment_key) = 1;

insert into appointment_pairs
select record_key, appointment_key from stage_appointments
union all
select s.record_key,
       arg_min(a.appointment_key, (abs(epoch_us(s.occurred_at) - epoch_us(a.occurred_at)), a.appointment_key))
from told_stages s
join stage_appointments a on a.deal_id = s.deal_id and a.goal = s.goal and a.person_id = s.person_id
where s.record_key not in (select record_key from stage_appointments)
group by s.record_key;

drop table told_appointments;
drop table told_stages;
drop table stage_appointments;

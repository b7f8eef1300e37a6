-- The path table, and the entries with how many touches each can be credited to. `state_shares` and `fitted_sums` come
-- from the fit of the data-driven models; empty where nobody asked for those.

create or replace temp table new_paths as
with placed as (
    select r.*, s.touch_count, s.first_count, s.decay_sum, s.engagement_sum,
           r.is_view <> s.is_clicked and r.turn = s.last_non_direct as is_last_non_direct,
           case when r.is_view = s.is_clicked or (not r.is_view and r.turn <= s.before_window) then 0
                when r.is_view then r.turn else r.turn - s.before_window end as position,
           case when r.is_view = s.is_first_clicked or (not r.is_view and r.turn <= s.before_first_window) then 0
                when r.is_view then r.turn else r.turn - s.before_first_window end as first_position
    from path_rows r join path_sums s using (entry_no)
)
select (select profile_id from profile) as profile_id, p.entry_no, p.touch_id, p.origin_no, p.goal_no,
       false as is_refund, p.is_outcome, p.is_paid_order, p.booked_on, p.touched_on, p.kind, p.ad_kind, p.age_seconds,
       p.engagement, p.position, p.touch_count, p.first_position, p.first_count, p.is_last_non_direct,
       -- all weights zero: linear (A4)
       case when p.position = 0 then 0 else decay(p.age_seconds) / p.decay_sum end as decay_share,
       case when p.position = 0 then 0 when p.engagement_sum > 0 then p.engagement / p.engagement_sum
            else 1.0::double / p.touch_count end as engagement_share,
       case when p.position = 0 then 0 when f.markov > 0 then t.markov / f.markov
            else 1.0::double / p.touch_count end as markov_share,
       case when p.position = 0 then 0 when f.shapley > 0 then t.shapley / f.shapley
            else 1.0::double / p.touch_count end as shapley_share,
       p.cash
from placed p
left join fitted_sums f using (entry_no)
left join state_shares t using (origin_no);

create or replace temp table new_credit_entries as
select (select profile_id from profile) as profile_id, e.*,
       coalesce(s.touch_count, 0) as touch_count, coalesce(s.first_count, 0) as first_count
from entries e
left join entries c on c.conversion_id = e.conversion_id and not c.is_refund
left join path_sums s on s.entry_no = c.entry_no;

-- A refund takes back from each touch what its payment was credited (T3).
insert into new_paths
select p.* replace (f.entry_no as entry_no, true as is_refund, false as is_outcome, false as is_paid_order,
                    f.booked_on as booked_on, f.cash::double as cash)
from entries f
join entries c on c.conversion_id = f.conversion_id and not c.is_refund
join new_paths p on p.entry_no = c.entry_no
where f.is_refund;

drop table path_rows;
drop table path_sums;

-- The path table, and the entries with how many touches each can be credited to. `state_shares` and `fitted_sums` come
-- from the fit of the data-driven models; empty where nobody asked for those. Views, so that their rows are written once,
-- where they are needed.

create or replace temp view placed_rows as
select r.*, s.touch_count, s.first_count, s.decay_sum, s.engagement_sum,
       r.is_view <> s.is_clicked and r.turn = s.last_non_direct as is_last_non_direct,
       case when r.is_view <> s.is_clicked and r.turn > s.before then r.turn - s.before else 0 end as position,
       case when r.is_view <> s.is_first_clicked and r.turn > s.before_first then r.turn - s.before_first else 0 end
           as first_position
from path_rows r join path_sums s using (entry_no);

-- Each conversion, and each refund: it takes back from every touch what its payment was credited (T3).
create or replace temp view credited_entries as
select entry_no, entry_no as path_no, goal_no, is_refund, is_outcome, is_paid_order, booked_on, cash
from entries where is_credited and not is_refund
union all
select f.entry_no, c.entry_no, f.goal_no, true, false, false, f.booked_on, f.cash
from entries f join entries c on c.conversion_id = f.conversion_id and not c.is_refund
where f.is_refund and f.is_credited;

create or replace temp view new_paths as
select (select profile_id from profile) as profile_id, e.entry_no, p.touch_id, p.origin_no, p.place_no, p.landing_no, e.goal_no, e.is_refund,
       e.is_outcome, e.is_paid_order, e.booked_on, p.touched_on, p.is_view, p.is_synthetic, p.is_ad, p.is_ad_unspent,
       p.age_seconds, p.engagement, p.position, p.touch_count, p.first_position, p.first_count, p.is_last_non_direct,
       -- all weights zero: linear (A4)
       case when p.position = 0 then 0 else decay(p.age_seconds)::double / p.decay_sum::double end as decay_share,
       case when p.position = 0 then 0 when p.engagement_sum > 0
            then units(p.engagement)::double / p.engagement_sum::double
            else 1.0::double / p.touch_count end as engagement_share,
       case when p.position = 0 then 0 when f.markov > 0 then units(t.markov)::double / f.markov::double
            else 1.0::double / p.touch_count end as markov_share,
       case when p.position = 0 then 0 when f.shapley > 0 then units(t.shapley)::double / f.shapley::double
            else 1.0::double / p.touch_count end as shapley_share,
       e.cash::double as cash
from placed_rows p
join credited_entries e on e.path_no = p.entry_no
left join fitted_sums f on f.entry_no = p.entry_no
left join state_shares t using (origin_no);

create or replace temp view new_credit_entries as
select (select profile_id from profile) as profile_id, e.*,
       coalesce(s.touch_count, 0) as touch_count, coalesce(s.first_count, 0) as first_count
from entries e
left join entries c on c.conversion_id = e.conversion_id and not c.is_refund
left join path_sums s on s.entry_no = c.entry_no;

-- The ledger of every built-in model, for anybody's SQL: one row a model, conversion (or refund) and credited touch, and
-- one without a touch for what is Unattributed (A5). Per model and range of `booked_on`, `amount` sums to the cash
-- collected; `amount` where `is_ad` to the revenue from ads (A7); `credit` where `is_outcome` to the conversions.
-- With the windows, half-life and weights of the profile, as of its last rebuild.

create view v_credits as
with weighted as (
    select x.*, w.weight_first, w.weight_middle, w.weight_last
    from paths x
    join (select profile_id, weight_first / total as weight_first, weight_middle / total as weight_middle,
                 weight_last / total as weight_last
          from (select *, greatest(weight_first + weight_middle + weight_last, 1e-300::double) as total from profiles)) w
        using (profile_id)
), ledger as (
    select 'last_touch' as model, profile_id, entry_no, touch_id, origin_no, touched_on, is_ad, is_ad_unspent,
           (1e0)::double as credit
    from weighted where position > 0 and position = touch_count
    union all
    select 'first_touch' as model, profile_id, entry_no, touch_id, origin_no, touched_on, is_ad, is_ad_unspent,
           (1e0)::double as credit
    from weighted where first_position = 1
    union all
    select 'split_50_50' as model, profile_id, entry_no, touch_id, origin_no, touched_on, is_ad, is_ad_unspent,
           (case when touch_count = 1 then 1e0 else 5e-1 end)::double as credit
    from weighted where position > 0 and (position = 1 or position = touch_count)
    union all
    select 'linear' as model, profile_id, entry_no, touch_id, origin_no, touched_on, is_ad, is_ad_unspent,
           (1e0 / touch_count)::double as credit
    from weighted where position > 0
    union all
    select 'position_based' as model, profile_id, entry_no, touch_id, origin_no, touched_on, is_ad, is_ad_unspent,
           (case when touch_count = 1 then 1e0
     when touch_count = 2 then 5e-1
     when position = 1 then 4e-1
     when position = touch_count then 4e-1
     else 2e-1 / (touch_count - 2) end)::double as credit
    from weighted where position > 0
    union all
    select 'time_decay' as model, profile_id, entry_no, touch_id, origin_no, touched_on, is_ad, is_ad_unspent,
           (decay_share)::double as credit
    from weighted where position > 0
    union all
    select 'last_non_direct' as model, profile_id, entry_no, touch_id, origin_no, touched_on, is_ad, is_ad_unspent,
           (1e0)::double as credit
    from weighted where is_last_non_direct
    union all
    select 'custom_weighted' as model, profile_id, entry_no, touch_id, origin_no, touched_on, is_ad, is_ad_unspent,
           (case when touch_count = 1 then 1e0
     when weight_first + weight_middle + weight_last = 0 then 1e0 / touch_count
     when touch_count = 2 then
        case when weight_first + weight_last > 0
             then case when position = 1 then weight_first else weight_last end / (weight_first + weight_last)
             else 5e-1 end
     when position = 1 then weight_first
     when position = touch_count then weight_last
     else weight_middle / (touch_count - 2) end)::double as credit
    from weighted where position > 0
    union all
    select 'engagement_weighted' as model, profile_id, entry_no, touch_id, origin_no, touched_on, is_ad, is_ad_unspent,
           (engagement_share)::double as credit
    from weighted where position > 0
    union all
    select 'markov' as model, profile_id, entry_no, touch_id, origin_no, touched_on, is_ad, is_ad_unspent,
           (markov_share)::double as credit
    from weighted where position > 0
    union all
    select 'shapley' as model, profile_id, entry_no, touch_id, origin_no, touched_on, is_ad, is_ad_unspent,
           (shapley_share)::double as credit
    from weighted where position > 0
    union all
    select model, profile_id, entry_no, null, null, null, false, false, 1.0::double
    from credit_entries,
         (values ('last_touch', false), ('first_touch', true), ('split_50_50', false), ('linear', false), ('position_based', false), ('time_decay', false), ('last_non_direct', false), ('custom_weighted', false), ('engagement_weighted', false), ('markov', false), ('shapley', false)) models(model, is_first)
    where (is_outcome or cash is not null) and case when is_first then first_count else touch_count end = 0
)
select p.name as profile, l.model, e.conversion_id, e.entry_id, e.is_refund, e.goal, e.is_outcome, e.person_id, e.occurred_at,
       e.booked_on, l.touch_id, l.touched_on, o.channel, o.source, o.medium, o.campaign, o.campaign_label, o.platform,
       o.campaign_id, o.ad_set_id, o.ad_id, l.is_ad, l.is_ad_unspent, l.credit, l.credit * e.cash::double as amount
from ledger l
join profiles p using (profile_id)
join credit_entries e on e.profile_id = l.profile_id and e.entry_no = l.entry_no
left join touch_origins o on o.profile_id = l.profile_id and o.origin_no = l.origin_no
where not e.is_refund or p.deduct_refunds;

-- Exchange rates for every day and currency that is needed (T2): the day's rate, else the last earlier one.
-- A rate is found directly, inversely, or through a base both currencies are quoted against; the freshest way wins, and
-- of two equally fresh ones the direct way.

create or replace temp table needed_rates as
select distinct final_currency as currency, converted_on as day from converted where final_currency is not null
union
select distinct currency, booked_on from refunds
union
select distinct currency, spent_on from live_ad_spend;

-- A base against itself is always 1, and never stale.
create or replace temp table quotes as
select base, currency, rated_on, rated_on as fresh_on, rate from live_rates where base <> currency
union all
select distinct base, base, date '0001-01-01', date '9999-12-31', 1.0 from live_rates;

create or replace temp table day_rates as
with reporting as (
    select currency from profile
), legs as (
    select n.currency, n.day, b.base, q.rate, q.fresh_on
    from needed_rates n
    cross join (select distinct base from live_rates) b
    asof join quotes q on q.base = b.base and q.currency = n.currency and n.day >= q.rated_on
    where n.currency <> (select currency from reporting)
), found as (
    select l.currency, l.day, l.base, q.rate / l.rate as rate, least(l.fresh_on, q.fresh_on) as fresh_on,
           l.base in (l.currency, q.currency) as is_direct
    from legs l
    asof join (select * from quotes where currency = (select currency from reporting)) q
        on q.base = l.base and l.day >= q.rated_on
)
select currency, day, 1.0 as rate from needed_rates where currency = (select currency from reporting)
union all
select currency, day, arg_max(rate, (fresh_on, is_direct, base)) as rate
from found where isfinite(rate) and rate > 0
group by currency, day;

-- Exchange rates for every day and currency that is needed (T2): the day's rate, else the last earlier one.
-- A rate is found directly, inversely, or through a base both currencies are quoted against; the freshest way wins.

create or replace temp table needed_rates as
select distinct final_currency as currency, converted_on as day from converted where final_currency is not null
union
select distinct currency, booked_on from refunds
union
select distinct currency, spent_on from live_ad_spend;

create or replace temp table quotes as
select base, currency, rated_on, rate from live_rates
union
select distinct base, base, date '0001-01-01', 1.0 from live_rates;

create or replace temp table day_rates as
with legs as (
    select n.currency, n.day, b.base, q.rate, q.rated_on,
           (select currency from profile) as reporting
    from needed_rates n
    cross join (select distinct base from live_rates) b
    asof join quotes q on q.base = b.base and q.currency = n.currency and n.day >= q.rated_on
), found as (
    select l.currency, l.day, q.rate / l.rate as rate, least(l.rated_on, q.rated_on) as oldest, l.base
    from legs l
    asof join quotes q on q.base = l.base and q.currency = l.reporting and l.day >= q.rated_on
)
select currency, day, 1.0 as rate from needed_rates where currency = (select currency from profile)
union all
select currency, day, arg_max(rate, (greatest(oldest, date '0001-01-02'), base)) as rate
from found where currency <> (select currency from profile)
group by currency, day;

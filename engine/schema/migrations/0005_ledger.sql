-- The credit ledger: what is credited, to which touches, and what the fitted models learned. All derived: rebuilt, not kept.

drop view v_paths;
drop table paths;

-- Where a touch came from, once for all touches that share it: paths stay narrow, and a filter is a few rows.
create table touch_origins (
    profile_id      integer not null,
    origin_no       integer not null,
    channel         varchar not null,
    source          varchar,
    medium          varchar,
    campaign        varchar,               -- as written in the tags
    platform        varchar,
    campaign_id     varchar,               -- resolved ad entity (A6)
    ad_set_id       varchar,
    ad_id           varchar,
    campaign_label  varchar                -- the entity's name where there is one, else as written
);

alter table touches add column origin_no integer;
-- A7: 'ad' = of a synced ad entity, or paid on a platform that has spend that day; 'without_spend' = paid otherwise
alter table touches add column ad_kind varchar;
-- 1.. among the person's clicks, or views, in order of (occurred_at, touch_id): what positions are counted from
alter table touches add column turn integer;

-- Pages seen in each visit, so that boards of pages need not read every event.
create table visit_pages (
    profile_id    integer not null,
    visit_id      uuid not null,
    visitor       integer not null,        -- the device, as a number: 1.. within the profile
    started_on    date not null,           -- of the visit
    path          varchar,
    pageviews     integer not null,
    is_bounce     boolean not null,        -- of the visit, as the next two
    engaged_seconds double not null,
    engagement    double not null
);

-- The device as a number: distinct numbers are counted several times faster than distinct texts.
alter table visits add column visitor integer;

-- Spend is booked to the channel and source by which most touches of its campaign came (A10).
alter table ad_entities add column channel varchar;
alter table ad_entities add column source varchar;

-- What there is to credit: one row a conversion, and one a refund, booked on its own day (T3, A5).
create table credit_entries (
    profile_id     integer not null,
    entry_no       integer not null,       -- 1.. in order of time
    entry_id       uuid not null,          -- the conversion's, or the refund's cash entry
    conversion_id  uuid,                   -- null: a refund of an unknown payment
    person_id      uuid,
    is_refund      boolean not null,
    goal           varchar,
    goal_no        integer not null,       -- the same for the same goal; 0 without one
    occurred_at    timestamp not null,
    booked_on      date not null,
    is_credited    boolean not null,       -- of an eligible goal: may have touches
    is_outcome     boolean not null,       -- counts in `outcomes` (G2, G3)
    is_paid_order  boolean not null,       -- an order that counts through its payment
    is_payment     boolean not null,       -- cash came in; without `cash` it has no exchange rate
    cash           decimal(18, 6),         -- reporting currency, refunds negative; null: no cash, or no rate
    touch_count    integer not null,       -- eligible touches in the click window; 0: Unattributed (A5)
    first_count    integer not null        -- in the first-touch window
);

-- The path table: one row for each entry and touch of its person within the widest window (A2). A model is a weight per
-- row. Position zero: not eligible in that window. What an entry says of itself is repeated so that no query must join.
create table paths (
    profile_id          integer not null,
    entry_no            integer not null,
    touch_id            uuid not null,
    origin_no           integer not null,
    goal_no             integer not null,
    is_refund           boolean not null,
    is_outcome          boolean not null,
    is_paid_order       boolean not null,
    booked_on           date not null,
    touched_on          date not null,
    is_view             boolean not null,
    is_synthetic        boolean not null,
    is_ad               boolean not null,  -- A7: the touch of an ad
    is_ad_unspent       boolean not null,  -- A7: paid, on a platform without spend that day
    age_seconds         double not null,   -- from the touch to the conversion
    engagement          double not null,
    position            integer not null,
    touch_count         integer not null,
    first_position      integer not null,
    first_count         integer not null,
    is_last_non_direct  boolean not null,
    decay_share         double not null,   -- shares within the entry's eligible touches; each sums to 1
    engagement_share    double not null,
    markov_share        double not null,
    shapley_share       double not null,
    cash                double             -- of the whole entry
);

-- What the fitted models learned of each state (A4).
create table fitted_shares (
    profile_id  integer not null,
    model       varchar not null,          -- markov | shapley
    state       varchar not null,          -- a channel
    share       double not null,           -- sums to 1
    effect      double not null,           -- removal effect, or Shapley value
    error       double not null            -- standard error of a sampled value; 0: exact
);

-- The user's own models: one expression per path row each (A4).
create table custom_models (
    profile_id  integer not null,
    name        varchar not null,
    expression  varchar not null,
    created_at  timestamp not null
);

-- What a search console tells of a day and a search word; restatable, the latest `as_of` counts.
create table raw_search_keywords (
    profile_id    integer not null,
    searched_on   date not null,
    site          varchar not null,
    keyword       varchar not null,
    impressions   bigint not null,
    clicks        bigint not null,
    avg_position  double not null,
    as_of         timestamp not null
);

create view v_paths as
select p.name as profile, e.conversion_id, x.touch_id, e.person_id, e.goal, x.booked_on as converted_on, x.touched_on,
       x.age_seconds, case when x.is_view then 'view' when x.is_synthetic then 'synthetic' else 'visit' end as kind,
       o.channel, o.source, o.medium, o.campaign, o.platform, o.campaign_id, o.ad_set_id, o.ad_id,
       case when x.is_ad then 'ad' when x.is_ad_unspent then 'without_spend' end as ad_kind, x.engagement, x.position, x.touch_count, x.first_position, x.first_count, x.is_last_non_direct,
       x.decay_share, x.engagement_share, x.markov_share, x.shapley_share, e.cash as amount_reporting
from paths x
join profiles p using (profile_id)
join credit_entries e on e.profile_id = x.profile_id and e.entry_no = x.entry_no
join touch_origins o on o.profile_id = x.profile_id and o.origin_no = x.origin_no
where not x.is_refund;

-- The windows and half-life the path table was derived with: what a what-if differs from.
alter table profiles add column derived_settings json;
alter table profiles add column derivations integer default 0;  -- how often it was rebuilt

update profiles set is_stale = true, derived_at = null;

-- Derived tables: what a rebuild writes, whole, from raw records, settings and the user's decisions. Never patched by hand.

-- Every event that counts: the winning version of each raw event, with the visit it belongs to, if any (E2, E6, E7).
create table events (
    profile_id    integer not null,
    event_key     uuid not null,           -- raw_events.record_key
    content_hash  ubigint not null,        -- which version of it won
    visit_id      uuid,
    occurred_at   timestamp not null,
    event_type    varchar not null,
    path          varchar,                 -- page views only
    agent_kind    varchar                  -- null | bot | ai_agent; bots belong to no visit
);

create table visits (
    profile_id       integer not null,
    visit_id         uuid not null,        -- event_key of its entry page view
    anonymous_id     varchar not null,
    person_id        uuid not null,
    started_at       timestamp not null,
    ended_at         timestamp not null,
    started_on       date not null,        -- in the profile's zone (T1)
    pageviews        integer not null,
    is_bounce        boolean not null,     -- E3
    engaged_seconds  double not null,      -- E5
    engagement       double not null,      -- E5, 0-100
    channel          varchar not null,
    source           varchar,
    medium           varchar,
    campaign         varchar,
    content          varchar,
    term             varchar,
    referrer         varchar,              -- registrable domain, own domains and payment pages left out (C3)
    click_id_kind    varchar,
    entry_page       varchar,
    exit_page        varchar,
    platform         varchar,              -- ad platform its click id or source tells
    country          varchar,
    region           varchar,
    city             varchar,
    device           varchar,
    browser          varchar,
    os               varchar,
    agent_kind       varchar               -- null | ai_agent
);

create table people (
    profile_id     integer not null,
    person_id      uuid not null,          -- from the earliest record of the strongest identifier (I4)
    is_identified  boolean not null,
    label          varchar,                -- two-word name of an unidentified visitor (I6)
    email          varchar,
    phone          varchar,
    first_name     varchar,
    last_name      varchar,
    first_seen_at  timestamp,
    last_seen_at   timestamp
);

-- Every identifier ever seen, and whose it is now. `alias_id` is the person id it would give, so any id ever shown resolves.
create table identifiers (
    profile_id     integer not null,
    kind           varchar not null,       -- I1
    value          varchar not null,       -- normalised
    alias_id       uuid not null,
    person_id      uuid,                   -- null: quarantined, belongs to nobody
    records        bigint not null,
    first_seen_at  timestamp,
    is_quarantined boolean not null
);

-- Links that identity resolution did not follow, and why (I2).
create table identity_conflicts (
    profile_id    integer not null,
    reason        varchar not null,        -- two_emails | chain | device | too_many_people | too_many_devices | placeholder | split
    kind          varchar not null,
    value         varchar not null,
    other_kind    varchar,
    other_value   varchar
);

create table conversions (
    profile_id        integer not null,
    conversion_id     uuid not null,
    source_id         varchar not null,    -- the imported conversion_id, or the event's id
    raw_table         varchar not null,    -- raw_conversions | raw_events
    record_key        uuid not null,       -- the raw record that stands for it, and which version
    content_hash      ubigint not null,
    records           integer not null,    -- how many raw records tell of it (G2)
    person_id         uuid,                -- null: unmatched
    visit_id          uuid,
    goal              varchar not null,
    revenue_type      varchar not null,    -- cash | pipeline | gross
    is_eligible       boolean not null,
    is_negative       boolean not null,
    counts_as_outcome boolean not null,    -- false: an order whose payment is counted already (G2), or a negative outcome
    occurred_at       timestamp not null,
    converted_on      date not null,       -- in the profile's zone
    amount            decimal(18, 6),      -- original currency
    currency          varchar,
    amount_reporting  decimal(18, 6),      -- null: no amount, or no rate (T2)
    rate              double,              -- reporting units for one unit of `currency`
    refunded          decimal(18, 6) not null,            -- original currency, zero or negative
    refunded_reporting decimal(18, 6) not null,
    is_unconverted    boolean not null,    -- an amount without an exchange rate
    order_id          varchar,
    payment_id        varchar,
    pipeline          varchar,
    stage             varchar,
    calendar          varchar,
    assigned_user     varchar,
    starts_at         timestamp,
    ends_at           timestamp,
    status            varchar,
    calendar_label    varchar,             -- appointments: merged | ghl_live | db_tracked (section 8)
    platform          varchar,             -- campaign data of its own (A3)
    campaign_id       varchar,
    ad_set_id         varchar,
    ad_id             varchar,
    tracking          varchar not null     -- N3: full_utms | click_id_only | none
);

-- Cash as it came and went (T3): one row a payment and one a refund. Sums per currency equal what was imported.
create table cash (
    profile_id        integer not null,
    entry_id          uuid not null,
    entry             varchar not null,    -- payment | refund
    conversion_id     uuid,                -- the payment's; null for a refund of an unknown payment
    person_id         uuid,
    booked_on         date not null,
    occurred_at       timestamp not null,
    amount            decimal(18, 6) not null,
    currency          varchar not null,
    amount_reporting  decimal(18, 6),      -- null: no rate
    raw_table         varchar not null,
    record_key        uuid not null
);

create table touches (
    profile_id    integer not null,
    touch_id      uuid not null,           -- visit_id, the imported touch's record key, or derived (A3)
    kind          varchar not null,        -- visit | view | synthetic
    person_id     uuid not null,
    visit_id      uuid,
    occurred_at   timestamp not null,
    touched_on    date not null,
    channel       varchar not null,
    source        varchar,
    medium        varchar,
    campaign      varchar,                 -- as written in the tags; the entity's name stands in ad_entities
    engagement    double not null,         -- 0-100; 50 for synthetic and view touches (A4)
    platform      varchar,
    campaign_id   varchar,                 -- resolved ad entity (A6)
    ad_set_id     varchar,
    ad_id         varchar,
    resolved_by   varchar,                 -- id | name | null
    is_unresolved boolean not null         -- names an ad that is not found, or is found twice
);

-- Ad spend by day, the version that counts (E7, N4).
create table ad_daily (
    profile_id         integer not null,
    spent_on           date not null,
    platform           varchar not null,
    account            varchar not null,
    campaign_id        varchar not null,
    ad_set_id          varchar,
    ad_id              varchar,
    spend              decimal(18, 6) not null,
    currency           varchar not null,
    spend_reporting    decimal(18, 6),
    impressions        bigint,
    clicks             bigint,
    reach              bigint,
    video_plays        bigint,
    video_3s           bigint,
    video_p25          bigint,
    video_p50          bigint,
    video_p75          bigint,
    video_p100         bigint,
    video_avg_seconds  double,
    record_key         uuid not null,      -- the raw row, and which version of it won
    content_hash       ubigint not null
);

create table ad_entities (
    profile_id    integer not null,
    platform      varchar not null,
    level         varchar not null,        -- campaign | ad_set | ad
    entity_id     varchar not null,
    campaign_id   varchar not null,
    ad_set_id     varchar,
    name          varchar,                 -- the latest known
    account       varchar,
    status        varchar,
    objective     varchar,
    currency      varchar,
    daily_budget  decimal(18, 6),
    first_on      date not null,           -- first and last day with delivery
    last_on       date not null
);

-- The path table: one row for each conversion and touch of its person within the widest window (A2).
-- A model is a weight per row; positions and counts exist per window. Zero position: not eligible in that window.
create table paths (
    profile_id      integer not null,
    conversion_id   uuid not null,
    touch_id        uuid not null,
    person_id       uuid not null,
    goal            varchar not null,
    converted_on    date not null,
    touched_on      date not null,
    age_seconds     double not null,       -- from the touch to the conversion, to the microsecond
    kind            varchar not null,
    channel         varchar not null,
    source          varchar,
    medium          varchar,
    campaign        varchar,
    platform        varchar,
    campaign_id     varchar,
    ad_set_id       varchar,
    ad_id           varchar,
    engagement      double not null,
    position        integer not null,      -- 1.. in the click window (or the view-through rule)
    touch_count     integer not null,
    first_position  integer not null,      -- 1.. in the first-touch window
    first_count     integer not null,
    amount_reporting decimal(18, 6)        -- cash of the conversion before refunds; null when it has none
);

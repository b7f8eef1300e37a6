-- Profiles: one client or business each, with its settings and the user's own rules.

create sequence profile_ids;

create table profiles (
    profile_id               integer primary key default nextval('profile_ids'),
    name                     varchar not null,
    currency                 varchar not null,                    -- reporting currency, ISO 4217 (T2)
    timezone                 varchar not null,                    -- IANA zone of day boundaries (T1)
    phone_region             varchar not null,                    -- default region of phone numbers, ISO 3166 (I1)
    click_window_days        integer not null default 30,         -- A2, 1-365
    view_window_hours        integer not null default 24,         -- A2, 1-168
    first_touch_window_days  integer not null default 90,         -- A2, 1-365
    half_life_days           double not null default 7,           -- A4, time decay
    weight_first             double not null default 0.4,         -- A4, custom weighted
    weight_middle            double not null default 0.2,
    weight_last              double not null default 0.4,
    session_timeout_minutes  integer not null default 30,         -- E2, 1-120
    split_on_source          boolean not null default true,       -- E2, session mode
    fbclid_policy            varchar not null default 'always_paid',  -- C1: always_paid | needs_paid_utm
    deduct_refunds           boolean not null default true,       -- T3
    created_at               timestamp not null,
    derived_at               timestamp,                           -- last finished rebuild
    is_stale                 boolean not null default true        -- raw data or settings changed since then
);

-- A domain of the profile's own is never a referrer (C3); subdomains count.
create table profile_domains (
    profile_id  integer not null,
    domain      varchar not null
);

-- A goal names the event types that are its conversions (G1). An event type belongs to one goal of a profile at most.
create table goals (
    profile_id    integer not null,
    goal          varchar not null,
    name          varchar not null,
    revenue_type  varchar not null,       -- cash | pipeline | gross
    is_eligible   boolean not null,       -- takes part in attribution
    is_negative   boolean not null,       -- an outcome that is never counted as success
    position      integer not null        -- order on screen
);

create table goal_event_types (
    profile_id  integer not null,
    goal        varchar not null,
    event_type  varchar not null
);

-- The user's own mapping of CRM stages to goals; wins over keywords (G4). An empty pipeline means any.
create table stage_goals (
    profile_id  integer not null,
    pipeline    varchar not null default '',
    stage       varchar not null,
    goal        varchar                    -- null: this stage is no conversion
);

-- The profile's own channel rules, tried in order before every built-in one (C1-C3). All conditions of a rule must hold.
create table channel_rules (
    profile_id  integer not null,
    position    integer not null,
    channel     varchar not null,
    conditions  json not null              -- [{"field": .., "operator": is|is_not|contains|not_contains, "value": ..}]
);

-- Decisions of the user on who is who; data, not derived: they survive every rebuild (I5).
create sequence identity_decision_ids;

create table identity_decisions (
    decision_id  integer primary key default nextval('identity_decision_ids'),
    profile_id   integer not null,
    decision     varchar not null,         -- merge | split
    left_kind    varchar not null,         -- identifier kinds of I1
    left_value   varchar not null,         -- normalised
    right_kind   varchar,                  -- merge: the identifier whose person is the same; split: null
    right_value  varchar,
    decided_at   timestamp not null,
    undone_at    timestamp
);

-- What the user changed, newest last.
create sequence change_ids;

create table change_log (
    change_id   integer primary key default nextval('change_ids'),
    profile_id  integer,
    changed_at  timestamp not null,
    action      varchar not null,
    details     json not null
);

-- Connections to providers: what is fetched, how far each stream is, what runs brought, and the objects as they came.

create sequence connection_ids;
create sequence sync_run_ids;

create table connections (
    connection_id  integer primary key default nextval('connection_ids'),
    profile_id     integer not null,
    provider       varchar not null,
    name           varchar not null,       -- unique in the profile; how people call it
    settings       json not null,          -- accounts, start of the history, options; never a secret
    is_paused      boolean not null default false,
    created_at     timestamp not null,
    removed_at     timestamp               -- disconnected; what it brought may be kept
);

-- How far a stream is, committed with the rows that brought it there.
create table sync_states (
    connection_id  integer not null,
    stream         varchar not null,
    state          json not null,
    updated_at     timestamp not null,
    primary key (connection_id, stream)
);

create table sync_runs (
    run_id         integer primary key default nextval('sync_run_ids'),
    connection_id  integer not null,
    stream         varchar not null,
    started_at     timestamp not null,
    ended_at       timestamp,
    outcome        varchar not null,       -- running, done, failed, cancelled, interrupted
    error          json,                   -- {"code": .., facts}; never a secret
    objects        bigint not null default 0,
    rows_new       bigint not null default 0,
    rows_known     bigint not null default 0,
    rows_rejected  bigint not null default 0,
    days_restated  bigint not null default 0
);

-- Each version of each object as the provider told it, once.
create table provider_objects (
    profile_id     integer not null,
    connection_id  integer not null,
    object_type    varchar not null,
    object_id      varchar not null,
    content_hash   ubigint not null,
    fetched_at     timestamp not null,
    is_deleted     boolean not null,
    content        json not null
);

alter table imports add column connection_id integer;
alter table imports add column run_id integer;

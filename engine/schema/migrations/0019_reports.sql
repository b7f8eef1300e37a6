-- Reports: figures frozen at a moment, and how they are shown; templates of the latter, by profile.

create sequence report_ids;

create table reports (
    report_id    integer primary key default nextval('report_ids'),
    profile_id   integer not null,
    created_at   timestamp not null,
    snapshot     varchar not null,          -- JSON; never changes after it is written
    fingerprint  varchar not null,          -- of the records it was made of
    layout       varchar not null,          -- JSON: sections, commentary, brand, language
    deleted_at   timestamp                  -- it can be brought back until it is purged
);

create table report_templates (
    profile_id  integer not null,
    name        varchar not null,
    layout      varchar not null,
    saved_at    timestamp not null,
    primary key (profile_id, name)
);

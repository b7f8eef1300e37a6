-- What providers tell of campaigns, ad sets and ads besides their spend; restatable.
create table raw_ad_entities (
    profile_id       integer not null,
    record_key       uuid not null,
    content_hash     ubigint not null,
    import_id        integer not null,
    line             bigint not null,
    as_of            timestamp not null,
    platform         varchar not null,
    account          varchar not null,
    level            varchar not null,
    entity_id        varchar not null,
    campaign_id      varchar,
    ad_set_id        varchar,
    name             varchar,
    status           varchar,
    objective        varchar,
    daily_budget     decimal(18, 6),
    currency         varchar,
    creative_kind    varchar,
    headline         varchar,
    body             varchar,
    thumbnail_url    varchar,
    destination_url  varchar,
    payload          json
);

alter table ad_entities add column creative_kind varchar;
alter table ad_entities add column headline varchar;
alter table ad_entities add column body varchar;
alter table ad_entities add column thumbnail_url varchar;
alter table ad_entities add column destination_url varchar;

-- Search words, now as every other kind of record; nothing could fill the table before.
drop table raw_search_keywords;
create table raw_search_keywords (
    profile_id    integer not null,
    record_key    uuid not null,
    content_hash  ubigint not null,
    import_id     integer not null,
    line          bigint not null,
    as_of         timestamp not null,
    searched_on   date not null,
    site          varchar not null,
    keyword       varchar not null,
    page          varchar,
    country       varchar,
    device        varchar,
    impressions   bigint not null,
    clicks        bigint not null,
    avg_position  double not null,
    payload       json
);

update profiles set is_stale = true;

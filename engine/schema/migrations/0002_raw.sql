-- Raw records, as imported: only added, or replaced by a later version of the same fact. Everything else derives from them.
--
-- Every raw row carries
--   record_key    what fact this is: hash of the tracker's event id or of the natural key (E7)
--   content_hash  which version of it; the same fact told with the same content is a duplicate
--   import_id     the import that brought it first, and `line` in that file; further imports that brought the same row
--                 stand in row_memberships, so that an undo takes back only what nobody else brought
--   as_of         for restatable facts: when it was true; the latest wins

create sequence import_ids;

create table imports (
    import_id       integer primary key default nextval('import_ids'),
    profile_id      integer not null,
    kind            varchar not null,
    file_name       varchar not null,
    file_hash       varchar not null,      -- SHA-256 of the bytes as given, hex
    file_bytes      bigint not null,
    mapping         json not null,         -- our name <- theirs, as asked for
    notes           json not null,         -- [{"code": .., ...}]: what was assumed or mended while reading
    rows_read       bigint not null,
    rows_new        bigint not null,
    rows_duplicate  bigint not null,
    rows_rejected   bigint not null,
    imported_at     timestamp not null,
    undone_at       timestamp
);

create table row_memberships (
    import_id     integer not null,
    record_key    uuid not null,
    content_hash  ubigint not null,
    as_of         timestamp,
    line          bigint not null
);

create table raw_events (
    profile_id         integer not null,
    record_key         uuid not null,
    content_hash       ubigint not null,
    import_id          integer not null,
    line               bigint not null,
    has_versions       boolean not null,   -- another content of the same event was known when this row came
    event_id           varchar,
    event_type         varchar not null,
    event_name         varchar,
    occurred_at        timestamp not null,
    anonymous_id       varchar,
    session_id         varchar,
    user_id            varchar,
    email              varchar,
    phone              varchar,
    first_name         varchar,
    last_name          varchar,
    url                varchar,
    path               varchar,
    title              varchar,
    referrer           varchar,
    utm_source         varchar,
    utm_medium         varchar,
    utm_campaign       varchar,
    utm_content        varchar,
    utm_term           varchar,
    fbclid             varchar,
    gclid              varchar,
    gbraid             varchar,
    wbraid             varchar,
    msclkid            varchar,
    ttclid             varchar,
    twclid             varchar,
    li_fat_id          varchar,
    fbp                varchar,
    fbc                varchar,
    user_agent         varchar,
    device             varchar,
    browser            varchar,
    os                 varchar,
    country            varchar,
    region             varchar,
    city               varchar,
    ip                 varchar,
    value_amount       decimal(18, 6),
    currency           varchar,
    order_id           varchar,
    checkout_token     varchar,
    consent_analytics  boolean,
    consent_marketing  boolean,
    payload            json
);

create table raw_touches (
    profile_id    integer not null,
    record_key    uuid not null,
    content_hash  ubigint not null,
    import_id     integer not null,
    line          bigint not null,
    person        varchar,
    email         varchar,
    anonymous_id  varchar,
    occurred_at   timestamp not null,
    channel       varchar,
    source        varchar,
    medium        varchar,
    campaign      varchar,
    url           varchar,
    kind          varchar not null,        -- visit | view | synthetic
    engagement    double,
    campaign_id   varchar,
    ad_set_id     varchar,
    ad_id         varchar,
    payload       json
);

create table raw_conversions (
    profile_id              integer not null,
    record_key              uuid not null,
    content_hash            ubigint not null,
    import_id               integer not null,
    line                    bigint not null,
    as_of                   timestamp not null,
    conversion_id           varchar not null,
    person                  varchar,
    email                   varchar,
    phone                   varchar,
    anonymous_id            varchar,
    stripe_customer_id      varchar,
    ghl_contact_id          varchar,
    shopify_customer_id     varchar,
    mercadopago_payer_id    varchar,
    first_name              varchar,
    last_name               varchar,
    occurred_at             timestamp not null,
    event_type              varchar not null,
    value_amount            decimal(18, 6),
    currency                varchar,
    revenue_type            varchar,
    refund_of               varchar,
    payment_id              varchar,
    order_id                varchar,
    checkout_token          varchar,
    source                  varchar,
    campaign_id             varchar,
    ad_set_id               varchar,
    ad_id                   varchar,
    utm_source              varchar,
    utm_medium              varchar,
    utm_campaign            varchar,
    utm_content             varchar,
    utm_term                varchar,
    pipeline                varchar,
    stage                   varchar,
    stage_position          integer,
    calendar                varchar,
    assigned_user           varchar,
    starts_at               timestamp,
    ends_at                 timestamp,
    status                  varchar,
    payload                 json
);

create table raw_people (
    profile_id            integer not null,
    record_key            uuid not null,
    content_hash          ubigint not null,
    import_id             integer not null,
    line                  bigint not null,
    email                 varchar,
    phone                 varchar,
    user_id               varchar,
    anonymous_id          varchar,
    stripe_customer_id    varchar,
    ghl_contact_id        varchar,
    shopify_customer_id   varchar,
    mercadopago_payer_id  varchar,
    first_name            varchar,
    last_name             varchar,
    source                varchar,
    occurred_at           timestamp,
    payload               json
);

create table raw_ad_spend (
    profile_id         integer not null,
    record_key         uuid not null,
    content_hash       ubigint not null,
    import_id          integer not null,
    line               bigint not null,
    as_of              timestamp not null,
    spent_on           date not null,      -- the platform's own day (T1)
    platform           varchar not null,
    account            varchar not null,
    campaign_id        varchar not null,
    campaign           varchar,
    ad_set_id          varchar,
    ad_set             varchar,
    ad_id              varchar,
    ad                 varchar,
    spend              decimal(18, 6) not null,
    currency           varchar not null,
    impressions        bigint,
    clicks             bigint,
    reach              bigint,
    status             varchar,
    objective          varchar,
    daily_budget       decimal(18, 6),
    video_plays        bigint,
    video_3s           bigint,
    video_p25          bigint,
    video_p50          bigint,
    video_p75          bigint,
    video_p100         bigint,
    video_avg_seconds  double,
    payload            json
);

-- Exchange rates: units of `currency` for one `base` on a day.
create table raw_rates (
    profile_id    integer not null,
    record_key    uuid not null,
    content_hash  ubigint not null,
    import_id     integer not null,
    line          bigint not null,
    as_of         timestamp not null,
    rated_on      date not null,
    currency      varchar not null,
    base          varchar not null,
    rate          double not null,
    payload       json
);

"""Snowplow enriched events: the 131 columns of `atomic.events` as TSV without a header, one row an event.

Times are UTC without offset. The same names in JSON or Parquet are read too.

===================  ==============================================================================================
ours                 theirs
===================  ==============================================================================================
event_id             event_id
event_type           event: page_view, page_ping; transaction purchase; transaction_item; struct se_action; unstruct
                     event_name (submit_form: lead_submitted; an e-commerce action of type transaction: purchase)
event_name           the same name as it came
event_time           derived_tstamp, else collector_tstamp
anonymous_id         domain_userid, else network_userid
session_id           domain_sessionid
user_id, email       user_id (email when it is an address); email also from the elements of a submitted form
url, path, title     page_url, page_urlpath, page_title
referrer             page_referrer
utm_*                mkt_source, mkt_medium, mkt_campaign, mkt_content, mkt_term
gclid, msclkid       mkt_clickid where mkt_network is Google, Microsoft
user_agent           useragent
device, browser, os  dvce_type, br_family or br_name, os_family or os_name
country, region ...  geo_country (a code), geo_region_name or geo_region, geo_city
ip                   user_ipaddress
value_amount         tr_total, else the e-commerce transaction's revenue; se_value of a structured purchase
currency, order_id   tr_currency, tr_orderid, else the e-commerce transaction's currency, transaction_id
payload              every other column that is not empty, contexts and unstruct_event as JSON; engaged_seconds (10
                     for each ping of the page and session so far), scroll_percent (pp_yoffset_max and br_viewheight
                     against doc_height), video_percent (percentProgress of the media events)
===================  ==============================================================================================

Ten seconds is the usual heartbeat of activity tracking; the file does not tell another setting.

Source: snowplow/snowplow-python-analytics-sdk:snowplow_analytics_sdk/event_transformer.py (columns in order),
https://docs.snowplow.io/docs/enriching-your-data/available-enrichments/campaign-attribution-enrichment (mkt_network)
"""

from engine.ingest.exports.base import (
    Export,
    email,
    event_type,
    filled,
    literal,
    not_email,
    number,
    page,
    parsed,
    percent,
    text,
    texts,
    utc,
    without,
)

_COLUMN_LINES = (
    "app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker v_tracker",
    "v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx network_userid",
    "geo_country geo_region geo_city geo_zipcode geo_latitude geo_longitude geo_region_name",
    "ip_isp ip_organization ip_domain ip_netspeed",
    "page_url page_title page_referrer page_urlscheme page_urlhost page_urlport page_urlpath page_urlquery",
    "page_urlfragment refr_urlscheme refr_urlhost refr_urlport refr_urlpath refr_urlquery refr_urlfragment",
    "refr_medium refr_source refr_term mkt_medium mkt_source mkt_term mkt_content mkt_campaign contexts",
    "se_category se_action se_label se_property se_value unstruct_event",
    "tr_orderid tr_affiliation tr_total tr_tax tr_shipping tr_city tr_state tr_country",
    "ti_orderid ti_sku ti_name ti_category ti_price ti_quantity",
    "pp_xoffset_min pp_xoffset_max pp_yoffset_min pp_yoffset_max",
    "useragent br_name br_family br_version br_type br_renderengine br_lang",
    "br_features_pdf br_features_flash br_features_java br_features_director br_features_quicktime",
    "br_features_realplayer br_features_windowsmedia br_features_gears br_features_silverlight",
    "br_cookies br_colordepth br_viewwidth br_viewheight os_name os_family os_manufacturer os_timezone",
    "dvce_type dvce_ismobile dvce_screenwidth dvce_screenheight doc_charset doc_width doc_height",
    "tr_currency tr_total_base tr_tax_base tr_shipping_base ti_currency ti_price_base base_currency",
    "geo_timezone mkt_clickid mkt_network etl_tags dvce_sent_tstamp refr_domain_userid refr_device_tstamp",
    "derived_contexts domain_sessionid derived_tstamp event_vendor event_name event_format event_version",
    "event_fingerprint true_tstamp",
)
COLUMNS = tuple(name for columns in _COLUMN_LINES for name in columns.split())

_RECORD = literal(texts(*COLUMNS))
_SAID = literal(
    {
        "data": {
            "data": texts("type", "percentProgress") | {"elements": [texts("name", "type", "value")]},
        }
    }
)
_ENTITIES = literal({"data": [texts("schema") | {"data": texts("transaction_id", "revenue", "currency")}]})
_MAPPED = (
    *("event_id", "event_name", "domain_userid", "domain_sessionid", "user_id", "user_ipaddress"),
    *("page_url", "page_urlpath", "page_title", "page_referrer"),
    *("mkt_source", "mkt_medium", "mkt_campaign", "mkt_content", "mkt_term"),
    *("useragent", "dvce_type", "geo_country", "geo_city", "tr_currency", "tr_orderid", "tr_total"),
)

_SEEN = (
    "(100 * (try_cast(e.pp_yoffset_max AS DOUBLE) + coalesce(try_cast(e.br_viewheight AS DOUBLE), 0))"
    " / try_cast(e.doc_height AS DOUBLE))"
)
_AN_EMAIL = email("field.value")

QUERY = f"""
WITH typed AS (
    SELECT line, record, json_transform(record, {_RECORD}) AS e
    FROM source
),
opened AS (
    SELECT
        *,
        json_transform(try_cast(e.unstruct_event AS JSON), {_SAID}).data.data AS said,
        list_filter(
            json_transform(try_cast(e.contexts AS JSON), {_ENTITIES}).data,
            lambda entity: entity.schema LIKE '%snowplow.ecommerce/transaction/%'
        )[1].data AS bought
    FROM typed
),
named AS (
    SELECT
        *,
        coalesce(
            CASE
                WHEN e.event = 'struct' THEN {text("e.se_action")}
                WHEN e.event = 'unstruct' THEN {text("e.event_name")}
            END,
            {text("e.event")}
        ) AS name,
        coalesce({text("e.derived_tstamp")}, {text("e.collector_tstamp")}) AS happened
    FROM opened
),
told AS (
    SELECT
        *,
        CASE
            WHEN name = 'snowplow_ecommerce_action' AND said.type = 'transaction' THEN 'purchase'
            ELSE {event_type("name")}
        END AS our_type
    FROM named
)
SELECT
    line,
    {text("e.event_id")} AS event_id,
    our_type AS event_type,
    name AS event_name,
    {utc("happened")} AS event_time,
    coalesce({text("e.domain_userid")}, {text("e.network_userid")}) AS anonymous_id,
    {text("e.domain_sessionid")} AS session_id,
    {not_email(text("e.user_id"))} AS user_id,
    coalesce(
        {email(text("e.user_id"))},
        CASE
            WHEN our_type = 'lead_submitted'
            THEN list_filter(list_transform(said.elements, lambda field: {_AN_EMAIL}), lambda v: v IS NOT NULL)[1]
        END
    ) AS email,
    {text("e.page_url")} AS url,
    {text("e.page_urlpath")} AS path,
    {text("e.page_title")} AS title,
    {text("e.page_referrer")} AS referrer,
    {text("e.mkt_source")} AS utm_source,
    {text("e.mkt_medium")} AS utm_medium,
    {text("e.mkt_campaign")} AS utm_campaign,
    {text("e.mkt_content")} AS utm_content,
    {text("e.mkt_term")} AS utm_term,
    CASE WHEN e.mkt_network = 'Google' THEN {text("e.mkt_clickid")} END AS gclid,
    CASE WHEN e.mkt_network = 'Microsoft' THEN {text("e.mkt_clickid")} END AS msclkid,
    {text("e.useragent")} AS user_agent,
    {text("e.dvce_type")} AS device,
    coalesce({text("e.br_family")}, {text("e.br_name")}) AS browser,
    coalesce({text("e.os_family")}, {text("e.os_name")}) AS os,
    {text("e.geo_country")} AS country,
    coalesce({text("e.geo_region_name")}, {text("e.geo_region")}) AS region,
    {text("e.geo_city")} AS city,
    {text("e.user_ipaddress")} AS ip,
    coalesce(
        {number("e.tr_total")},
        CASE WHEN our_type = 'purchase' THEN coalesce({number("bought.revenue")}, {number("e.se_value")}) END
    ) AS value_amount,
    coalesce({text("e.tr_currency")}, CASE WHEN our_type = 'purchase' THEN {text("bought.currency")} END) AS currency,
    coalesce(
        {text("e.tr_orderid")},
        CASE WHEN our_type = 'purchase' THEN {text("bought.transaction_id")} END
    ) AS order_id,
    json_merge_patch(
        {without(filled("record"), _MAPPED)},
        json_object(
            'contexts',
            {parsed(text("e.contexts"))},
            'derived_contexts',
            {parsed(text("e.derived_contexts"))},
            'unstruct_event',
            {parsed(text("e.unstruct_event"))},
            'engaged_seconds',
            CASE
                WHEN e.event = 'page_ping'
                THEN 10 * count(DISTINCT e.event_id) FILTER (e.event = 'page_ping') OVER (
                    PARTITION BY
                        e.domain_userid,
                        coalesce({text("e.domain_sessionid")}, line::VARCHAR),
                        {page("e.page_url")}
                    ORDER BY happened, line
                    ROWS UNBOUNDED PRECEDING
                )
            END,
            'scroll_percent',
            CASE
                WHEN try_cast(e.doc_height AS DOUBLE) > 0
                THEN {percent(_SEEN)}
            END,
            'video_percent',
            {percent("try_cast(said.percentProgress AS DOUBLE)")}
        )
    ) AS payload
FROM told
"""

SNOWPLOW = Export(
    kind="snowplow",
    title="Snowplow enriched events",
    query=QUERY,
    columns=COLUMNS,
    signature=frozenset({"collector_tstamp", "domain_userid", "event_id", "v_tracker"}),
)

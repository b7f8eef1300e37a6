"""Google Analytics 4, BigQuery export: the tables `events_YYYYMMDD` as NDJSON or Parquet, one record an event.

`event_params` is a list of `{key, value}`; a Parquet export may wrap it as `event_params.list[].element`. Both are
read. Numbers may be texts (BigQuery writes INT64 so in JSON).

===================  ==============================================================================================
ours                 theirs
===================  ==============================================================================================
event_id             user_pseudo_id, event_timestamp, event_name, event_bundle_sequence_id, batch_page_id,
                     batch_ordering_id, batch_event_index; where the batch fields are missing (exports before
                     2024) a digest of the parameters takes their place
event_type           event_name (generate_lead and form_submit: lead_submitted)
event_time           event_timestamp (microseconds, UTC)
anonymous_id         user_pseudo_id
user_id, email       user_id (email when it is an address)
session_id           parameter ga_session_id
url, title           parameters page_location, page_title
referrer             parameter page_referrer
utm_*                collected_traffic_source.manual_*, else the event's parameters source, medium, campaign,
                     content, term (exports before 2023); placeholders such as (direct) and (not set) are no values
gclid                collected_traffic_source.gclid, else the parameter
device, browser, os  device.category, device.web_info.browser or device.browser, device.operating_system
country, region ...  geo.country (a name), geo.region, geo.city
value_amount         ecommerce.purchase_revenue, else the parameter value
currency, order_id   parameter currency; ecommerce.transaction_id, else the parameter
consent_*            privacy_info.analytics_storage, privacy_info.ads_storage (Yes, No)
payload              everything else; event_params as one flat object of texts; engaged_seconds (engagement_time_msec
                     added up over the page and session so far), scroll_percent (percent_scrolled), video_percent
===================  ==============================================================================================

`traffic_source` is the visitor's first source and `session_traffic_source_last_click` Google's own attribution: both
stay in the payload. `value` of `in_app_purchase` is in micros and is not read as an amount. Events without
user_pseudo_id and user_id (consent denied) have no visitor and are rejected by the import.

Source: https://developers.google.com/analytics/bigquery/event-schema,
https://developers.google.com/analytics/bigquery/traffic-attribution-data
"""

from engine.ingest.exports.base import (
    Export,
    email,
    event_type,
    literal,
    not_email,
    number,
    page,
    percent,
    text,
    texts,
    without,
)

_RECORD = literal(
    texts("event_timestamp", "event_name", "event_bundle_sequence_id", "user_pseudo_id", "user_id")
    | texts("batch_page_id", "batch_ordering_id", "batch_event_index")
    | {
        "event_params": "JSON",
        "collected_traffic_source": texts(
            "manual_source", "manual_medium", "manual_campaign_name", "manual_content", "manual_term", "gclid"
        ),
        "device": texts("category", "operating_system", "browser") | {"web_info": texts("browser")},
        "geo": texts("country", "region", "city"),
        "ecommerce": texts("transaction_id", "purchase_revenue"),
        "privacy_info": texts("analytics_storage", "ads_storage"),
    }
)
_VALUE = texts("string_value", "int_value", "float_value", "double_value")
_PARAM = texts("key") | {"value": _VALUE}
_PARAMS = literal([_PARAM])
_WRAPPED_PARAMS = literal({"list": [{"element": _PARAM}]})

_MAPPED = ("event_timestamp", "event_name", "user_pseudo_id", "user_id", "event_params")
_MAPPED_PARAMS = "('ga_session_id', 'page_location', 'page_referrer', 'page_title')"


def _param(key: str) -> str:
    return f"param_values[list_position(param_keys, '{key}')]"


def _real(expression: str) -> str:
    return rf"CASE WHEN NOT regexp_matches({expression}, '^(\(.*\)|<Other>)?$') THEN {expression} END"


def _campaign(field: str, param: str) -> str:
    collected = f"e.collected_traffic_source.{field}"
    return f"coalesce({_real(collected)}, {_real(_param(param))})"


def _consent(field: str) -> str:
    return f"CASE lower(e.privacy_info.{field}) WHEN 'yes' THEN 'true' WHEN 'no' THEN 'false' END"


QUERY = f"""
WITH typed AS (
    SELECT line, record, json_transform(record, {_RECORD}) AS e
    FROM source
),
listed AS (
    SELECT
        *,
        coalesce(
            json_transform(e.event_params, {_PARAMS}),
            list_transform(json_transform(e.event_params, {_WRAPPED_PARAMS}).list, lambda item: item.element),
            []
        ) AS params
    FROM typed
),
named AS (
    SELECT
        *,
        try_cast(e.event_timestamp AS BIGINT) AS micros,
        list_transform(params, lambda p: p.key) AS param_keys,
        list_transform(
            params,
            lambda p: coalesce(p.value.string_value, p.value.int_value, p.value.double_value, p.value.float_value)
        ) AS param_values
    FROM listed
),
measured AS (
    SELECT
        *,
        list_distinct(list_filter(param_keys, lambda k: k NOT IN {_MAPPED_PARAMS})) AS other_keys,
        {_param("ga_session_id")} AS session_id,
        try_cast({_param("engagement_time_msec")} AS DOUBLE) AS engaged_ms
    FROM named
)
SELECT
    line,
    concat_ws(
        '.',
        e.user_pseudo_id,
        e.event_timestamp,
        e.event_name,
        e.event_bundle_sequence_id,
        e.batch_page_id,
        e.batch_ordering_id,
        coalesce(e.batch_event_index, md5(concat_ws('&', array_to_string(param_keys, ','), param_values::VARCHAR)))
    ) AS event_id,
    {event_type(text("e.event_name"))} AS event_type,
    e.event_name,
    CASE
        WHEN micros BETWEEN 0 AND 253402300799999999
        THEN strftime(make_timestamp(micros), '%Y-%m-%dT%H:%M:%S.%fZ')
    END AS event_time,
    {text("e.user_pseudo_id")} AS anonymous_id,
    session_id,
    {not_email(text("e.user_id"))} AS user_id,
    {email(text("e.user_id"))} AS email,
    {_param("page_location")} AS url,
    {_param("page_title")} AS title,
    {text(_param("page_referrer"))} AS referrer,
    {_campaign("manual_source", "source")} AS utm_source,
    {_campaign("manual_medium", "medium")} AS utm_medium,
    {_campaign("manual_campaign_name", "campaign")} AS utm_campaign,
    {_campaign("manual_content", "content")} AS utm_content,
    {_campaign("manual_term", "term")} AS utm_term,
    {_campaign("gclid", "gclid")} AS gclid,
    {_real("e.device.category")} AS device,
    coalesce({_real("e.device.web_info.browser")}, {_real("e.device.browser")}) AS browser,
    {_real("e.device.operating_system")} AS os,
    {_real("e.geo.country")} AS country,
    {_real("e.geo.region")} AS region,
    {_real("e.geo.city")} AS city,
    CASE
        WHEN e.event_name IS DISTINCT FROM 'in_app_purchase'
        THEN coalesce({number("e.ecommerce.purchase_revenue")}, {number(_param("value"))})
    END AS value_amount,
    {_param("currency")} AS currency,
    coalesce({_real("e.ecommerce.transaction_id")}, {_real(_param("transaction_id"))}) AS order_id,
    {_consent("analytics_storage")} AS consent_analytics,
    {_consent("ads_storage")} AS consent_marketing,
    json_merge_patch(
        {without("record", _MAPPED)},
        json_object(
            'event_params',
            map(other_keys, list_transform(other_keys, lambda k: param_values[list_position(param_keys, k)])),
            'engaged_seconds',
            CASE
                WHEN engaged_ms IS NOT NULL
                THEN round(
                    sum(engaged_ms) OVER (
                        PARTITION BY
                            e.user_pseudo_id,
                            coalesce(session_id, line::VARCHAR),
                            {page(_param("page_location"))}
                        ORDER BY micros, line
                        ROWS UNBOUNDED PRECEDING
                    ) / 1000,
                    3
                )
            END,
            'scroll_percent',
            {percent(f"try_cast({_param('percent_scrolled')} AS DOUBLE)")},
            'video_percent',
            {percent(f"try_cast({_param('video_percent')} AS DOUBLE)")}
        )
    ) AS payload
FROM measured
"""

GA4 = Export(
    kind="ga4",
    title="Google Analytics 4 BigQuery export",
    query=QUERY,
    signature=frozenset({"event_timestamp", "event_name", "event_params", "user_pseudo_id"}),
)

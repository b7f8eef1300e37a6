"""PostHog events: batch exports (JSON lines, Parquet, CSV of a warehouse table) and the answers of its events API.

`properties` is an object in JSON and a text holding one in CSV and Parquet; both are read. An API answer
`{"results": [...]}` yields one event for each result.

===================  ==============================================================================================
ours                 theirs
===================  ==============================================================================================
event_id             uuid, else id (API)
event_type           event: $pageview page_view, $identify identify, an $autocapture of a form submission
                     lead_submitted; every other name as it came
event_time           timestamp
anonymous_id         $device_id; else $anon_distinct_id of an identify call; else distinct_id when PostHog made it
                     (a UUID or the older dashed hexadecimal form) and the person is not identified
user_id, email       $user_id, else a distinct_id that is not anonymous (email when it is an address); email also
                     from $set, properties, person_properties, person.properties
phone, names         the same places; first_name or firstName, last_name or lastName
session_id           $session_id
url, path, title     $current_url, $pathname, title
referrer             $referrer ($direct: none)
utm_*, click ids     the properties of the same name, else with a leading $ (PostHog repeats them on later events)
user_agent           $raw_user_agent, else $user_agent
device, browser, os  $device_type, $browser, $os
country, region ...  $geoip_country_code, $geoip_subdivision_1_name, $geoip_city_name
ip                   $ip, else ip
value_amount         revenue, else value, else amount; total for a purchase
currency, order_id   currency; order_id, else orderId; checkout_token
payload              everything else; engaged_seconds ($prev_pageview_duration added up over the page that tells
                     it and the session so far),
                     scroll_percent ($prev_pageview_max_scroll_percentage, a fraction, x 100)
===================  ==============================================================================================

Source: https://posthog.com/docs/cdp/batch-exports/s3 (columns),
https://posthog.com/docs/references/posthog-js/types/Properties (properties)
"""

from engine.ingest.exports.base import (
    Export,
    email,
    event_type,
    is_email,
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

_TRAITS = texts("email", "phone", "first_name", "firstName", "last_name", "lastName")
_CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_CLICK_IDS = ("gclid", "gbraid", "wbraid", "fbclid", "msclkid", "ttclid", "twclid", "li_fat_id")
_MARKS = (*_CAMPAIGN, *_CLICK_IDS)
_PLAIN = ("title", "currency", "order_id", "orderId", "checkout_token")
_DOLLAR = {
    "$session_id": "session_id",
    "$current_url": "url",
    "$pathname": "path",
    "$device_type": "device",
    "$browser": "browser",
    "$os": "os",
    "$geoip_country_code": "country",
    "$geoip_subdivision_1_name": "region",
    "$geoip_city_name": "city",
}
_AGENTS = ("$raw_user_agent", "$user_agent")
_IDENTITY = ("$device_id", "$anon_distinct_id", "$user_id", "$is_identified")
_RECORD = literal(
    texts("uuid", "id", "event", "timestamp", "distinct_id", "ip", "properties", "person_properties")
    | {"person": {"properties": _TRAITS}}
)
_PROPERTIES = literal(
    texts(*_MARKS, *(f"${mark}" for mark in _MARKS), *_PLAIN, *_DOLLAR, *_AGENTS, *_IDENTITY)
    | texts("$referrer", "$ip", "$event_type", "revenue", "value", "amount", "total")
    | texts("$prev_pageview_duration", "$prev_pageview_max_scroll_percentage")
    | _TRAITS
    | {"$set": _TRAITS}
)
_MAPPED = ("uuid", "event", "timestamp", "properties")
_MAPPED_PROPERTIES = (*_MARKS, *_DOLLAR, *_AGENTS, "title", "$referrer", "$ip", "$device_id")

_IS_FORM = "e.event = '$autocapture' AND p.\"$event_type\" = 'submit'"
_MADE_BY_POSTHOG = r"regexp_matches(distinct_id, '^[0-9a-f]{6,}(-[0-9a-f]+){3,4}$')"


def _dollar(name: str) -> str:
    return text(f'p."{name}"')


def _trait(*names: str) -> str:
    places = ('p."$set"', "p", "person", "e.person.properties")
    return f"coalesce({', '.join(text(f'{place}.{name}') for place in places for name in names)})"


QUERY = f"""
WITH records AS (
    SELECT
        line,
        unnest(
            CASE
                WHEN json_array_length(record -> '$.results') > 0 THEN (record -> '$.results[*]')
                ELSE [record]
            END
        ) AS record
    FROM source
),
typed AS (
    SELECT line, record, json_transform(record, {_RECORD}) AS e
    FROM records
),
opened AS (
    SELECT
        *,
        coalesce(try_cast(e.properties AS JSON), '{{}}'::JSON) AS properties,
        {text("e.distinct_id")} AS distinct_id
    FROM typed
),
read AS (
    SELECT
        *,
        json_transform(properties, {_PROPERTIES}) AS p,
        json_transform(try_cast(e.person_properties AS JSON), {literal(_TRAITS)}) AS person
    FROM opened
),
known AS (
    SELECT
        *,
        coalesce(
            {_dollar("$device_id")},
            {_dollar("$anon_distinct_id")},
            CASE
                WHEN {is_email("distinct_id")}
                    OR distinct_id IS NOT DISTINCT FROM {_dollar("$user_id")}
                    OR p."$is_identified" = 'true'
                THEN NULL
                WHEN p."$is_identified" = 'false' OR {_MADE_BY_POSTHOG} THEN distinct_id
            END
        ) AS anonymous_id,
        try_cast(p."$prev_pageview_duration" AS DOUBLE) AS seconds
    FROM read
),
told AS (
    SELECT
        *,
        CASE WHEN {_IS_FORM} THEN 'lead_submitted' ELSE {event_type(text("e.event"))} END AS our_type,
        coalesce(
            {_dollar("$user_id")},
            CASE
                WHEN distinct_id IS DISTINCT FROM anonymous_id
                    AND (p."$is_identified" = 'true' OR NOT {_MADE_BY_POSTHOG} OR e.event = '$identify')
                THEN distinct_id
            END
        ) AS known_as
    FROM known
)
SELECT
    line,
    coalesce({text("e.uuid")}, {text("e.id")}) AS event_id,
    our_type AS event_type,
    e.event AS event_name,
    {utc("e.timestamp")} AS event_time,
    anonymous_id,
    {not_email("known_as")} AS user_id,
    coalesce({_trait("email")}, {email("known_as")}) AS email,
    {_trait("phone")} AS phone,
    {_trait("first_name", "firstName")} AS first_name,
    {_trait("last_name", "lastName")} AS last_name,
    {", ".join(f"{_dollar(theirs)} AS {ours}" for theirs, ours in _DOLLAR.items())},
    {text("p.title")} AS title,
    nullif({_dollar("$referrer")}, '$direct') AS referrer,
    {", ".join(f"coalesce({_dollar(mark)}, {_dollar('$' + mark)}) AS {mark}" for mark in _MARKS)},
    coalesce({", ".join(_dollar(agent) for agent in _AGENTS)}) AS user_agent,
    coalesce({_dollar("$ip")}, {text("e.ip")}) AS ip,
    coalesce(
        {number("p.revenue")},
        {number("p.value")},
        {number("p.amount")},
        CASE WHEN our_type = 'purchase' THEN {number("p.total")} END
    ) AS value_amount,
    {text("p.currency")} AS currency,
    coalesce({text("p.order_id")}, {text("p.orderId")}) AS order_id,
    {text("p.checkout_token")} AS checkout_token,
    json_merge_patch(
        {without("record", _MAPPED)},
        json_object(
            'properties',
            {without("properties", _MAPPED_PROPERTIES)},
            'person_properties',
            {parsed("e.person_properties")},
            'engaged_seconds',
            CASE
                WHEN seconds IS NOT NULL
                THEN round(
                    sum(seconds) OVER (
                        PARTITION BY anonymous_id, coalesce(p."$session_id", line::VARCHAR), {page('p."$current_url"')}
                        ORDER BY e.timestamp, line
                        ROWS UNBOUNDED PRECEDING
                    ),
                    3
                )
            END,
            'scroll_percent',
            {percent('(100 * try_cast(p."$prev_pageview_max_scroll_percentage" AS DOUBLE))')}
        )
    ) AS payload
FROM told
"""

POSTHOG = Export(
    kind="posthog",
    title="PostHog events export",
    query=QUERY,
    signature=frozenset({"event", "distinct_id", "properties", "timestamp"}),
)

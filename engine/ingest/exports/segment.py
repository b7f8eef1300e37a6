"""Segment and RudderStack raw calls: NDJSON, one record a call, as their storage destinations and event dumps write it.

===================  ==============================================================================================
ours                 theirs
===================  ==============================================================================================
event_id             messageId
event_type           type (page: page_view, identify: identify, screen, group, alias); for track the event's name
event_name           event; for page and screen calls name
event_time           timestamp, else originalTimestamp, sentAt, receivedAt
anonymous_id         anonymousId; previousId of an alias call
user_id, email       userId (email when it is an address); email from traits, context.traits, properties
phone, names         the same places; firstName or first_name, lastName or last_name
session_id           context.sessionId (RudderStack)
url, path, title     context.page, else properties of a page call
referrer             context.page.referrer, else properties.referrer ($direct, RudderStack: none)
utm_*                context.campaign: source, medium, name, content, term
click ids            the landing URL's (the import reads them there); fbp, fbc from context or properties
user_agent, ip       context.userAgent; context.ip, else request_ip (RudderStack)
country, region ...  context.location
value_amount         properties.revenue, else total for a purchase, else value
currency, order_id   properties.currency; properties.order_id or orderId; checkout_token
payload              everything else; video_percent from properties.position and total_length of the video events
===================  ==============================================================================================

Source: https://www.twilio.com/docs/segment/connections/spec/common,
https://www.rudderstack.com/docs/event-spec/standard-events/common-fields/
"""

from engine.ingest.exports.base import (
    Export,
    email,
    event_type,
    literal,
    not_email,
    number,
    percent,
    text,
    texts,
    utc,
)

_TRAITS = texts("email", "phone", "firstName", "first_name", "lastName", "last_name")
_PAGE = texts("url", "path", "title", "referrer")
_RECORD = literal(
    texts("messageId", "type", "event", "name", "anonymousId", "previousId", "userId", "request_ip")
    | texts("timestamp", "originalTimestamp", "sentAt", "receivedAt")
    | {
        "context": texts("sessionId", "userAgent", "ip", "fbp", "fbc")
        | {
            "page": _PAGE,
            "campaign": texts("source", "medium", "name", "content", "term"),
            "location": texts("country", "region", "city"),
            "traits": _TRAITS,
        },
        "traits": _TRAITS,
        "properties": _TRAITS
        | _PAGE
        | texts("revenue", "total", "value", "currency", "order_id", "orderId", "checkout_token")
        | texts("position", "total_length", "fbp", "fbc"),
    }
)
_MAPPED = literal(
    {
        **dict.fromkeys(("messageId", "event", "anonymousId", "userId"), None),
        "context": {
            **dict.fromkeys(("sessionId", "userAgent", "ip"), None),
            "page": dict.fromkeys(("url", "path", "title", "referrer"), None),
            "campaign": dict.fromkeys(("source", "medium", "name", "content", "term"), None),
        },
    }
)

_WATCHED = "(100 * try_cast(e.properties.position AS DOUBLE) / try_cast(e.properties.total_length AS DOUBLE))"


def _trait(*names: str) -> str:
    places = ("e.traits", "e.context.traits", "e.properties")
    return f"coalesce({', '.join(text(f'{place}.{name}') for place in places for name in names)})"


def _page(name: str) -> str:
    return f"coalesce({text(f'e.context.page.{name}')}, {text(f'e.properties.{name}')})"


QUERY = f"""
WITH typed AS (
    SELECT line, record, json_transform(record, {_RECORD}) AS e
    FROM source
),
named AS (
    SELECT
        *,
        {event_type("CASE lower(e.type) WHEN 'track' THEN trim(e.event) WHEN 'page' THEN 'page_view' ELSE e.type END")}
            AS our_type
    FROM typed
)
SELECT
    line,
    {text("e.messageId")} AS event_id,
    our_type AS event_type,
    coalesce({text("e.event")}, {text("e.name")}) AS event_name,
    {utc("coalesce(e.timestamp, e.originalTimestamp, e.sentAt, e.receivedAt)")} AS event_time,
    coalesce({text("e.anonymousId")}, CASE WHEN e.type = 'alias' THEN {text("e.previousId")} END) AS anonymous_id,
    {text("e.context.sessionId")} AS session_id,
    {not_email(text("e.userId"))} AS user_id,
    coalesce({_trait("email")}, {email(text("e.userId"))}) AS email,
    {_trait("phone")} AS phone,
    {_trait("firstName", "first_name")} AS first_name,
    {_trait("lastName", "last_name")} AS last_name,
    {_page("url")} AS url,
    {_page("path")} AS path,
    {_page("title")} AS title,
    nullif({_page("referrer")}, '$direct') AS referrer,
    {text("e.context.campaign.source")} AS utm_source,
    {text("e.context.campaign.medium")} AS utm_medium,
    {text("e.context.campaign.name")} AS utm_campaign,
    {text("e.context.campaign.content")} AS utm_content,
    {text("e.context.campaign.term")} AS utm_term,
    coalesce(e.context.fbp, e.properties.fbp) AS fbp,
    coalesce(e.context.fbc, e.properties.fbc) AS fbc,
    {text("e.context.userAgent")} AS user_agent,
    coalesce({text("e.context.ip")}, {text("e.request_ip")}) AS ip,
    e.context.location.country,
    e.context.location.region,
    e.context.location.city,
    coalesce(
        {number("e.properties.revenue")},
        CASE WHEN our_type = 'purchase' THEN {number("e.properties.total")} END,
        {number("e.properties.value")}
    ) AS value_amount,
    {text("e.properties.currency")} AS currency,
    coalesce({text("e.properties.order_id")}, {text("e.properties.orderId")}) AS order_id,
    {text("e.properties.checkout_token")} AS checkout_token,
    json_merge_patch(
        record,
        {_MAPPED},
        json_object(
            'video_percent',
            CASE
                WHEN starts_with(lower(e.event), 'video') AND try_cast(e.properties.total_length AS DOUBLE) > 0
                THEN {percent(_WATCHED)}
            END
        )
    ) AS payload
FROM named
"""

SEGMENT = Export(
    kind="segment",
    title="Segment or RudderStack raw calls",
    query=QUERY,
    signature=frozenset({"messageId", "type", "context"}),
)

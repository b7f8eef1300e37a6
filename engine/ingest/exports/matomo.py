"""Matomo visits: the answer of `Live.getLastVisitsDetails` as JSON, one record a visit, one event for each action.

A visit without actions yields no event. What holds for the whole visit (referrer, campaign, the visit's own fields in
the payload) stands on its first page view, or on its first action if it has no page view.

===================  ==============================================================================================
ours                 theirs
===================  ==============================================================================================
event_id             idVisit, the action's type, and what identifies the action in the visit: orderId, goalId with
                     goalPageId, pageId, else idpageview and the position
event_type           action page_view; ecommerceOrder purchase; goal its goalName; event its eventAction; every
                     other type as it came (download, outlink, search, ecommerceAbandonedCart ...)
event_name           goalName, eventAction or the type
event_time           the action's timestamp, made UTC (below); else firstActionTimestamp, serverTimestamp
anonymous_id         visitorId, else fingerprint
session_id           idVisit
user_id, email       userId (email when it is an address)
url, title           url; pageTitle
referrer             referrerUrl
utm_*                mtm_*, pk_*, piwik_*, matomo_* and utm_* parameters of the landing page; else campaignName,
                     campaignSource, campaignMedium, campaignContent, campaignKeyword (Marketing Campaigns
                     Reporting); else referrerName and referrerKeyword of a visit whose referrerType is campaign
device, browser, os  deviceType, browserName, operatingSystemName
country, region ...  countryCode in upper case, region, city
ip                   visitIp
value_amount         revenue where it is not 0; currency siteCurrency; order_id orderId
payload              the action's other fields; under `visit` the visit's; engaged_seconds (timeSpent added up over
                     the page so far)
===================  ==============================================================================================

Matomo shifts an action's `timestamp` by the site's time zone, while `firstActionTimestamp` is UTC. The shift is the
distance between the earliest action and the visit's first action, taken only when it is a whole number of quarter
hours up to 14 hours, give or take five seconds.

Source: matomo-org/matomo:plugins/Live/VisitorDetails.php, plugins/Actions/VisitorDetails.php, core/Date.php (the
shift), plugins/Ecommerce/VisitorDetails.php, plugins/Goals/VisitorDetails.php, plugins/Referrers/VisitorDetails.php;
matomo-org/plugin-MarketingCampaignsReporting:VisitorDetails.php, README.md
"""

from engine.ingest.exports.base import Export, email, event_type, literal, not_email, number, page, text, texts, without

_VISIT = literal(
    texts("idVisit", "visitorId", "fingerprint", "userId", "visitIp", "siteCurrency")
    | texts("firstActionTimestamp", "serverTimestamp")
    | texts("referrerType", "referrerUrl", "referrerName", "referrerKeyword")
    | texts("campaignName", "campaignSource", "campaignMedium", "campaignContent", "campaignKeyword")
    | texts("deviceType", "browserName", "operatingSystemName", "countryCode", "region", "city")
    | {"actionDetails": ["JSON"]}
)
_ACTION = literal(
    texts("type", "url", "pageTitle", "pageId", "idpageview", "timestamp", "timeSpent")
    | texts("goalName", "goalId", "goalPageId", "orderId", "revenue", "eventAction")
)
_MAPPED = ("url", "pageTitle", "timestamp", "goalName", "orderId", "eventAction")
_MAPPED_VISIT = (
    *("actionDetails", "idVisit", "visitorId", "userId", "visitIp", "siteCurrency", "referrerUrl"),
    *("deviceType", "browserName", "operatingSystemName", "countryCode", "region", "city"),
)
_MARKS = {
    "utm_source": ("source", "Source", None),
    "utm_medium": ("medium", "Medium", None),
    "utm_campaign": ("campaign|cpn", "Name", "referrerName"),
    "utm_content": ("content", "Content", None),
    "utm_term": ("keyword|kwd|term", "Keyword", "referrerKeyword"),
}


def _known(expression: str) -> str:
    return f"nullif({text(expression)}, 'false')"


def _mark(name: str) -> str:
    params, field, referrer = _MARKS[name]
    param = f"regexp_extract(a.url, '[?&#](?:utm|mtm|matomo|pk|piwik)_(?:{params})=([^&#]*)', 1)"
    places = [f"nullif(try(url_decode(replace({param}, '+', ' '))), '')", _known(f"v.campaign{field}")]
    if referrer:
        places.append(f"CASE WHEN v.referrerType = 'campaign' THEN {_known(f'v.{referrer}')} END")
    return f"CASE WHEN is_landing THEN coalesce({', '.join(places)}) END AS {name}"


QUERY = f"""
WITH visits AS (
    SELECT line, record, json_transform(record, {_VISIT}) AS v
    FROM source
),
actions AS (
    SELECT
        line,
        record,
        v,
        unnest(v.actionDetails) AS action,
        unnest(range(1, len(v.actionDetails) + 1)) AS position
    FROM visits
),
typed AS (
    SELECT *, json_transform(action, {_ACTION}) AS a
    FROM actions
),
placed AS (
    SELECT
        *,
        position = coalesce(
            min(position) FILTER (a.type = 'action') OVER (PARTITION BY line),
            1
        ) AS is_landing,
        min(try_cast(a.timestamp AS BIGINT)) OVER (PARTITION BY line)
        - try_cast(v.firstActionTimestamp AS BIGINT) AS distance,
        sum(try_cast(a.timeSpent AS DOUBLE)) OVER (
            PARTITION BY line, {page("a.url")}
            ORDER BY position
            ROWS UNBOUNDED PRECEDING
        ) AS seconds
    FROM typed
),
named AS (
    SELECT
        *,
        CASE
            WHEN abs(distance) <= 50405 AND abs(distance - 900 * round(distance / 900)) <= 5
            THEN (900 * round(distance / 900))::BIGINT
            ELSE 0
        END AS shift,
        CASE a.type
            WHEN 'action' THEN 'page_view'
            WHEN 'goal' THEN coalesce({text("a.goalName")}, 'goal')
            WHEN 'event' THEN coalesce({text("a.eventAction")}, 'event')
            ELSE {text("a.type")}
        END AS name
    FROM placed
)
SELECT
    line,
    concat_ws(
        '.',
        v.idVisit,
        a.type,
        CASE
            WHEN a.type = 'ecommerceAbandonedCart' THEN NULL
            ELSE coalesce(
                a.orderId,
                a.goalId || '.' || coalesce(a.goalPageId, position::VARCHAR),
                a.pageId,
                concat_ws('.', a.idpageview, position)
            )
        END
    ) AS event_id,
    {event_type("name")} AS event_type,
    CASE WHEN a.type IN ('goal', 'event') THEN name ELSE a.type END AS event_name,
    coalesce(
        (try_cast(a.timestamp AS BIGINT) - shift)::VARCHAR,
        v.firstActionTimestamp,
        v.serverTimestamp
    ) AS event_time,
    coalesce({_known("v.visitorId")}, {_known("v.fingerprint")}) AS anonymous_id,
    {_known("v.idVisit")} AS session_id,
    {not_email(_known("v.userId"))} AS user_id,
    {email(_known("v.userId"))} AS email,
    {text("a.url")} AS url,
    {text("a.pageTitle")} AS title,
    CASE WHEN is_landing THEN {_known("v.referrerUrl")} END AS referrer,
    {", ".join(_mark(name) for name in _MARKS)},
    {_known("v.deviceType")} AS device,
    {_known("v.browserName")} AS browser,
    {_known("v.operatingSystemName")} AS os,
    upper(nullif({_known("v.countryCode")}, 'xx')) AS country,
    {_known("v.region")} AS region,
    {_known("v.city")} AS city,
    {_known("v.visitIp")} AS ip,
    CASE WHEN try_cast(a.revenue AS DOUBLE) <> 0 THEN {number("a.revenue")} END AS value_amount,
    CASE WHEN try_cast(a.revenue AS DOUBLE) <> 0 THEN {_known("v.siteCurrency")} END AS currency,
    {text("a.orderId")} AS order_id,
    json_merge_patch(
        {without("action", _MAPPED)},
        json_object(
            'visit',
            CASE WHEN is_landing THEN {without("record", _MAPPED_VISIT)} END,
            'engaged_seconds',
            CASE WHEN a.timeSpent IS NOT NULL THEN seconds END
        )
    ) AS payload
FROM named
"""

MATOMO = Export(
    kind="matomo",
    title="Matomo visits (Live.getLastVisitsDetails)",
    query=QUERY,
    signature=frozenset({"idVisit", "actionDetails"}),
)

"""Umami, data export: the rows of `website_event` with their session columns, as CSV, one row an event.

This is the file of Umami Cloud's data export, the same columns as the analytical `website_event` table; self-hosted
installations get it by selecting from that table. `created_at` is UTC. The Export button of a website's dashboard is
another thing: totals by page, referrer and so on, without events.

===================  ==============================================================================================
ours                 theirs
===================  ==============================================================================================
event_id             event_id; without it session_id, visit_id, created_at, event_type, event_name, url_path
event_type           event_type 1: page_view; otherwise event_name, and without a name 2 custom, 3 link, 4 pixel,
                     5 performance
event_time           created_at
anonymous_id         session_id (Umami's visitor: a digest that changes when its salt is renewed, by default monthly)
session_id           visit_id
user_id, email       distinct_id (email when it is an address)
url                  hostname, url_path, url_query
path, title          url_path, page_title
referrer             referrer_domain, referrer_path, referrer_query
utm_*, click ids     utm_*, gclid, fbclid, msclkid, ttclid, li_fat_id, twclid
device, browser, os  device, browser, os
country, region ...  country (a code), region (such as ES-CT), city
payload              every other column that is not empty
===================  ==============================================================================================

Source: umami-software/umami:db/clickhouse/schema.sql, src/lib/constants.ts (event types),
src/app/api/websites/[websiteId]/export/route.ts (the dashboard's totals)
"""

from engine.ingest.exports.base import (
    Export,
    email,
    event_type,
    filled,
    literal,
    not_email,
    text,
    texts,
    utc,
    without,
)

_CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_CLICK_IDS = ("gclid", "fbclid", "msclkid", "ttclid", "li_fat_id", "twclid")
_SAME = (*_CAMPAIGN, *_CLICK_IDS, "device", "browser", "os", "country", "region", "city")
_MAPPED = (
    *_SAME,
    *("event_id", "event_name", "created_at", "session_id", "visit_id", "distinct_id"),
    *("hostname", "url_path", "url_query", "page_title", "referrer_domain", "referrer_path", "referrer_query"),
)
_RECORD = literal(texts(*_MAPPED, "event_type"))
_KINDS = "MAP {'1': 'page_view', '2': 'custom', '3': 'link', '4': 'pixel', '5': 'performance'}"


def _address(host: str, path: str, query: str) -> str:
    return (
        f"'https://' || {text(host)} || coalesce({path}, '')"
        f" || coalesce('?' || nullif(ltrim(trim({query}), '?'), ''), '')"
    )


QUERY = f"""
WITH typed AS (
    SELECT line, record, json_transform(record, {_RECORD}) AS e
    FROM source
),
named AS (
    SELECT
        *,
        CASE
            WHEN e.event_type = '1' THEN 'page_view'
            ELSE coalesce({text("e.event_name")}, {_KINDS}[e.event_type], e.event_type)
        END AS name
    FROM typed
)
SELECT
    line,
    coalesce(
        {text("e.event_id")},
        concat_ws('.', e.session_id, e.visit_id, e.created_at, e.event_type, e.event_name, e.url_path)
    ) AS event_id,
    {event_type("name")} AS event_type,
    {text("e.event_name")} AS event_name,
    {utc("e.created_at")} AS event_time,
    {text("e.session_id")} AS anonymous_id,
    {text("e.visit_id")} AS session_id,
    {not_email(text("e.distinct_id"))} AS user_id,
    {email(text("e.distinct_id"))} AS email,
    {_address("e.hostname", "e.url_path", "e.url_query")} AS url,
    {text("e.url_path")} AS path,
    {text("e.page_title")} AS title,
    {_address("e.referrer_domain", "e.referrer_path", "e.referrer_query")} AS referrer,
    {", ".join(f"{text(f'e.{name}')} AS {name}" for name in _SAME)},
    {without(filled("record"), _MAPPED)} AS payload
FROM named
"""

UMAMI = Export(
    kind="umami",
    title="Umami data export",
    query=QUERY,
    signature=frozenset({"session_id", "created_at", "url_path", "referrer_domain", "event_type"}),
)

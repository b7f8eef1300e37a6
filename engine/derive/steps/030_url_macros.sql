-- Reading URLs. What is no URL gives an empty text or null, never an error.

-- Percent-decoding; what does not decode to text stays as written.
create or replace temp macro url_decoded(text) as
    coalesce(try(url_decode(text)), text);

-- All parameters, each after an ampersand: those of the query, then those of the fragment, where pages that route by
-- fragment have theirs (`/#/offer?utm_source=..`). A URL inside a parameter is not read.
create or replace temp macro url_parameters(url) as
    '&' || regexp_extract(url, '^[^?#]*\?([^#]*)', 1) || '&' || regexp_extract(url, '#(?:[^?]*\?)?(.*)$', 1);

-- The first value that is not empty. Names are matched in any case; `&amp;` is what mail programs make of an ampersand.
-- `lowered` are the same parameters in lower case: a quick look for the name spares most of the parsing.
create or replace temp macro parameter_text(parameters, lowered, name) as
    case when contains(lowered, name || '=') then
        trim(url_decoded(replace(regexp_extract(parameters, '&(?i:amp;)?(?i:' || name || ')=([^&]+)', 1), '+', ' ')))
    end;

create or replace temp macro filled(text) as
    case when text not in ('', 'null') then text end;

create or replace temp macro url_parameter(url, name) as
    filled(parameter_text(url_parameters(url), lower(url_parameters(url)), name));

-- Of several click ids the one that decides: search wins over social (C1).
create or replace temp macro deciding_click_id(gclid, gbraid, wbraid, msclkid, fbclid, ttclid, twclid, li_fat_id) as
    case
        when gclid is not null then 'gclid'
        when gbraid is not null then 'gbraid'
        when wbraid is not null then 'wbraid'
        when msclkid is not null then 'msclkid'
        when fbclid is not null then 'fbclid'
        when ttclid is not null then 'ttclid'
        when twclid is not null then 'twclid'
        when li_fat_id is not null then 'li_fat_id'
    end;

-- `/` where a URL has no path; null without a URL.
create or replace temp macro url_path(url) as
    case
        when url is null then null
        -- nearly every URL, at a fraction of the cost
        when regexp_matches(url, '^https?://[a-z0-9.\-]+/') then regexp_extract(url, '^https?://[a-z0-9.\-]+(/[^?#]*)', 1)
        when regexp_matches(url, '^/(?:[^/]|$)') then regexp_extract(url, '^[^?#]*')
        else coalesce(nullif(regexp_extract(url, '^(?:[a-zA-Z][a-zA-Z0-9+.\-]*:)?(?://)?[^/?#]*([^?#]*)', 1), ''), '/')
    end;

-- What a name of a host is written with. Beyond ASCII the ranges hold the scripts of names, without punctuation and signs:
-- the same as classes of Unicode took thirteen times as long to compile, in every statement.
create or replace temp macro host_letters() as
    '0-9A-Za-z_\x{AA}\x{B2}\x{B3}\x{B5}\x{B9}\x{BA}\x{C0}-\x{1FFF}\x{2070}-\x{209F}\x{2100}-\x{218F}\x{2C00}-\x{2DFF}'
    || '\x{3005}-\x{D7FF}\x{F900}-\x{FDFF}\x{FE70}-\x{FEFC}\x{FF10}-\x{FF19}\x{FF21}-\x{FFDC}\x{10000}-\x{10FFFF}';

-- The host in lower case, of a web address (its scheme may be missing) or of an app; empty for anything else, such as
-- about:blank, file:///index.html and (direct).
create or replace temp macro host_of(url) as
    case
        -- nearly every URL, at a fraction of the cost
        when regexp_matches(url, '^https?://[a-z0-9.\-]*[a-z0-9](?:[/?#]|$)') then
            regexp_extract(url, '^https?://([a-z0-9.\-]+)', 1)
        when regexp_matches(url, '^(?:(?i:https?|android-app|ios-app):)?//') then
            rtrim(lower(regexp_extract(
                url,
                '^(?:(?i:https?|android-app|ios-app):)?//(?:[^/@?#]*@)?'
                || '(\[[0-9a-fA-F:.]+\]|[' || host_letters() || '][' || host_letters() || '.\-]*)',
                1
            )), '.')
        else
            rtrim(lower(regexp_extract(
                url,
                '^((?i:localhost)|[' || host_letters() || '][' || host_letters() || '\-]*'
                || '(?:\.[' || host_letters() || '\-]+)+\.?)(?::\d+)?(?:[/?#]|$)',
                1
            )), '.')
    end;

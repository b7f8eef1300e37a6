-- Channels (C1-C3): the profile's own rules, then click id, UTM, referrer, Direct.

-- `source_kind` is null without a source, 'other' for one that no list knows.
create or replace temp macro channel_of(click_id_kind, medium, source_kind, is_tagged, referrer, referrer_kind, fbclid_policy) as
    case
        when click_id_kind in ('gclid', 'gbraid', 'wbraid', 'msclkid') then 'Paid Search'
        when click_id_kind in ('ttclid', 'twclid', 'li_fat_id') then 'Paid Social'
        when click_id_kind = 'fbclid'
             and (fbclid_policy = 'always_paid' or regexp_matches(coalesce(medium, ''), 'paid|cpc|ppc')) then 'Paid Social'
        when medium in ('email', 'e-mail', 'e_mail', 'newsletter') then 'Email'
        when medium in ('affiliate', 'affiliates') then 'Affiliate'
        when medium in ('display', 'banner', 'cpm', 'interstitial', 'expandable') then 'Display'
        when regexp_matches(medium, 'paid|cpc|ppc') then
            case source_kind when 'social' then 'Paid Social' when 'search' then 'Paid Search' else 'Display' end
        when medium in ('social', 'social-media', 'organic_social', 'sm') then 'Organic Social'
        when medium = 'organic' then 'Organic Search'
        when medium = 'referral' then 'Referral'
        when medium is not null or source_kind is not null then
            case source_kind when 'social' then 'Organic Social' when 'search' then 'Organic Search'
                             when 'mail' then 'Email' else 'Referral' end
        when referrer_kind = 'search' then 'Organic Search'
        when referrer_kind = 'social' then 'Organic Social'
        when referrer_kind = 'mail' then 'Email'
        when referrer is not null then 'Referral'
        when click_id_kind = 'fbclid' then 'Organic Social'  -- only a Meta link, and not a paid one
        when is_tagged then 'Referral'  -- a campaign without source and medium: from somewhere, but nobody says where
        else 'Direct'
    end;

create or replace temp table rule_conditions as
select r.position, r.channel, c.value->>'field' as field, c.value->>'operator' as operator,
       lower(c.value->>'value') as wanted
from channel_rules r, json_each(r.conditions) c
where r.profile_id = (select profile_id from profile);

-- Everything that asks for a channel: entry pages of visits, and touches that came without one.
create or replace temp table channel_questions as
select v.event_key as subject, v.source, v.medium, v.campaign, v.content, v.term, v.referrer, v.referrer_kind,
       v.click_id_kind, v.path as entry_page
from page_views v semi join visit_spans s on s.visit_id = v.event_key
union all
select t.record_key, coalesce(t.source, url_parameter(t.url, 'utm_source')),
       coalesce(t.medium, url_parameter(t.url, 'utm_medium')), coalesce(t.campaign, url_parameter(t.url, 'utm_campaign')),
       url_parameter(t.url, 'utm_content'), url_parameter(t.url, 'utm_term'), null, null,
       deciding_click_id(url_parameter(t.url, 'gclid'), url_parameter(t.url, 'gbraid'),
                         url_parameter(t.url, 'wbraid'), url_parameter(t.url, 'msclkid'),
                         url_parameter(t.url, 'fbclid'), url_parameter(t.url, 'ttclid'),
                         url_parameter(t.url, 'twclid'), url_parameter(t.url, 'li_fat_id')),
       case when t.url is not null then url_path(t.url) end
from live_touches t
union all
select record_key, coalesce(utm_source, source), utm_medium, utm_campaign, utm_content, utm_term, null, null,
       case when gclid is not null then 'gclid' end, null
from live_conversions
where coalesce(utm_source, source, utm_medium, utm_campaign, gclid) is not null
union all
select e.record_key, e.utm_source, e.utm_medium, e.utm_campaign, e.utm_content, e.utm_term, null, null,
       case when coalesce(e.gclid, url_parameter(e.url, 'gclid')) is not null then 'gclid' end, null
from live_events e
join goal_of_event g on g.event_type = e.event_type
anti join event_visits v on v.event_key = e.record_key
where coalesce(e.utm_source, e.utm_medium, e.utm_campaign, e.gclid, url_parameter(e.url, 'gclid')) is not null;

-- What kind of source each name is: by the list of names, else as a host by the lists of referrers (C2, C4); 'other'
-- when no list knows it.
create or replace temp table known_sources as
with asked as (
    select distinct lower(source) as source from channel_questions where source is not null
), candidates as (
    select source, source as name, -1 as step from asked
    union all
    -- the host, then each of its parents
    select source, regexp_extract(host_of(source), '^(?:[^.]+\.){' || step || '}(.+)$', 1), step
    from asked, generate_series(0, 9) steps(step) where contains(source, '.')
), names as (
    select name, kind, platform, 0 as list from source_names
    union all
    select domain, kind, null, 1 from referrer_domains
)
select c.source, coalesce(n.kind, 'other') as kind, n.platform
from candidates c left join names n on n.name = c.name
qualify row_number() over (partition by c.source order by n.list is null, c.step, n.list) = 1;

create or replace temp table ruled_channels as
with held as (
    select q.subject, c.position, any_value(c.channel) as channel,
           bool_and(case c.operator
                        when 'is' then actual = wanted
                        when 'is_not' then actual <> wanted
                        when 'contains' then contains(actual, wanted)
                        when 'not_contains' then not contains(actual, wanted)
                        else false end) as holds
    from channel_questions q, rule_conditions c,
         lateral (select lower(coalesce(case c.field
                      when 'source' then q.source when 'medium' then q.medium when 'campaign' then q.campaign
                      when 'content' then q.content when 'term' then q.term when 'referrer' then q.referrer
                      when 'click_id' then q.click_id_kind when 'entry_page' then q.entry_page end, '')) as actual)
    group by q.subject, c.position
)
select subject, arg_min(channel, position) as channel from held where holds group by subject;

create or replace temp table channels as
select q.subject,
       coalesce(r.channel,
                channel_of(q.click_id_kind, lower(q.medium),
                           n.kind,
                           q.campaign is not null or q.content is not null or q.term is not null,
                           q.referrer, q.referrer_kind, (select fbclid_policy from profile))) as channel,
       coalesce(case
                    when q.click_id_kind in ('gclid', 'gbraid', 'wbraid') then 'google'
                    when q.click_id_kind = 'msclkid' then 'microsoft'
                    when q.click_id_kind = 'fbclid' then 'meta'
                    when q.click_id_kind = 'ttclid' then 'tiktok'
                    when q.click_id_kind = 'twclid' then 'x'
                    when q.click_id_kind = 'li_fat_id' then 'linkedin'
                end, n.platform) as platform,
       q.* exclude (subject)
from channel_questions q
left join ruled_channels r using (subject)
left join known_sources n on n.source = lower(q.source);

-- Ad ids that stood in the URLs of entry pages, and the ad of their click; what else page views told is in the tables above.
create or replace temp table entry_ads as
select v.event_key as visit_id, v.campaign_id, v.ad_set_id, v.ad_id, v.click_ad
from page_views v semi join visit_spans s on s.visit_id = v.event_key
where coalesce(v.campaign_id, v.ad_set_id, v.ad_id) is not null or v.click_ad is not null;

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

-- The channel of a synthetic touch (A3), by what its campaign data told.
create or replace temp macro synthetic_channel(told, medium, names_an_ad, platform) as
    case
        when told in ('Paid Social', 'Paid Search', 'Display') then told
        when medium is null and names_an_ad then
            case when platform in ('google', 'microsoft') then 'Paid Search' else 'Paid Social' end
        when told = 'Direct' then 'Referral'  -- somebody's campaign, though nobody says whose
        else told
    end;

create or replace temp table rule_conditions as
select r.position, r.channel, c.value->>'field' as field, c.value->>'operator' as operator,
       lower(c.value->>'value') as wanted
from channel_rules r, json_each(r.conditions) c
where r.profile_id = (select profile_id from profile);

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
select subject, arg_min(channel, position) as channel, min(position) as position from held where holds group by subject;

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

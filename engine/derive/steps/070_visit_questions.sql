-- Entry pages of visits, as they ask for a channel.

create or replace temp table visit_questions as
select v.event_key as subject, v.source, v.medium, v.campaign, v.content, v.term, v.referrer, v.referrer_kind,
       v.click_id_kind, v.path as entry_page
from page_views v semi join visit_spans s on s.visit_id = v.event_key;

-- Ad ids that stood in the URLs of entry pages, and the ad of their click; what else page views told is in the tables above.
create or replace temp table entry_ads as
select v.event_key as visit_id, v.campaign_id, v.ad_set_id, v.ad_id, v.click_ad
from page_views v semi join visit_spans s on s.visit_id = v.event_key
where coalesce(v.campaign_id, v.ad_set_id, v.ad_id) is not null or v.click_ad is not null;

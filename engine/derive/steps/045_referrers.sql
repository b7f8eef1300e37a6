-- Which referrers are other sites, and of what kind (C3): own domains, the page's own site and payment pages are none.

create or replace temp table page_views as
select v.* exclude (referrer_host, page_host, is_from_app),
       case when not coalesce(h.is_payment or h.is_own or h.domain = p.domain, false) then h.domain end as referrer,
       case when not coalesce(h.is_payment or h.is_own or h.domain = p.domain, false) then h.kind end as referrer_kind
from read_page_views v
left join hosts h on h.host = v.referrer_host
left join hosts p on p.host = v.page_host;

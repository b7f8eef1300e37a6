-- Reading URLs.

-- Percent-decoding; what does not decode to text stays as written.
create or replace temp macro url_decoded(text) as
    coalesce(try(url_decode(text)), text);

create or replace temp macro url_parameter(url, name) as
    nullif(trim(url_decoded(replace(regexp_extract(url, '[?&]' || name || '=([^&#]*)', 1), '+', ' '))), '');

create or replace temp macro url_path(url) as
    coalesce(nullif(regexp_extract(url, '^(?:[a-zA-Z][a-zA-Z0-9+.\-]*:)?//[^/?#]*([^?#]*)', 1), ''),
             case when starts_with(url, '/') then regexp_extract(url, '^[^?#]*') else '/' end);

create or replace temp macro host_of(url) as
    lower(regexp_extract(url, '^(?:[a-zA-Z][a-zA-Z0-9+.\-]*:)?(?://)?(?:[^/@?#]*@)?(\[[^\]]*\]|[^/:?#]+)', 1));

-- How a profile shows itself in reports, and the weights of its engagement score (E5).

alter table profiles add column logo blob;                                   -- PNG, JPEG or SVG
alter table profiles add column accent varchar default '#2457D6';            -- #RRGGBB, readable on white
alter table profiles add column prepared_by varchar default '';
alter table profiles add column engagement_scroll double default 35;         -- points for the whole page
alter table profiles add column engagement_time double default 35;           -- points for engagement_seconds and more
alter table profiles add column engagement_seconds double default 120;
alter table profiles add column engagement_interaction double default 15;
alter table profiles add column engagement_form double default 15;
alter table profiles add column engagement_frustration double default 20;    -- taken away

-- Who made a change, and which one it takes back.
alter table change_log add column changed_by varchar default '';
alter table change_log add column undoes integer;

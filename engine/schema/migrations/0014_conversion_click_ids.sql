-- The click that brought a conversion, where a CRM or a payment tells it (A6).
alter table raw_conversions add column gclid varchar;

update profiles set is_stale = true;

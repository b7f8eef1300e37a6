-- Who processed a payment that a shop tells of, and its id there: the processor's own record may be here too (G2).
alter table raw_conversions add column gateway varchar;
alter table raw_conversions add column gateway_payment_id varchar;

update profiles set is_stale = true;

-- A payment is of the day its processor's last record of it came about: derived anew.

update profiles set is_stale = true;

-- AI agents browse under their own names, and hosts are read by ranges of letters: both are derived anew.

update profiles set is_stale = true;

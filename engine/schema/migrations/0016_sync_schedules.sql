-- Syncs that begin by themselves while the program is open, and which runs belong to one sync of a connection.

create table sync_schedules (
    profile_id     integer primary key,
    every_minutes  integer not null        -- 0: none
);

alter table sync_runs add column round integer;   -- the first run of the same sync
update sync_runs set round = run_id;

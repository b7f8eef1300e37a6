-- The first rejected rows of each import, to be looked at later; `imports.rows_rejected` counts all of them.
create table import_rejects (
    import_id  integer not null,
    line       bigint not null,     -- in the file as given, from 1
    field      varchar,             -- null where the row as a whole could not be read
    value      varchar,
    reason     varchar not null,    -- a code
    record     varchar              -- the row as it came
);

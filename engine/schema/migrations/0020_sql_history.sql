-- Statements of the SQL console, in the workspace and not with the program: they may hold names and addresses.
create table sql_history (
    statement  varchar not null,
    ran_at     timestamp not null
);

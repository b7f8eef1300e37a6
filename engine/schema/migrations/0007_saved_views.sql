-- Views of a window that the user gave a name to: what was looked at, as the application writes it down.
create table saved_views (
    profile_id integer not null,
    name varchar not null,
    view varchar not null,
    saved_at timestamp not null,
    primary key (profile_id, name)
);

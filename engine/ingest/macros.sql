-- How text becomes a value. Every macro gives NULL for what it cannot read; the row is then rejected with the text.

-- What stands around a value and is none of it: blanks, line ends, the no-break space and the byte order mark.
create or replace temp macro blanks() as
    ' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(65279);

-- Absent: nothing, blanks, or the word null.
create or replace temp macro clean(text) as
    case when ord(text) between 33 and 159 and not ends_with(text, ' ') and not ends_with(text, chr(160))
              and text <> 'null' then text
         else nullif(nullif(trim(text, blanks()), ''), 'null') end;

-- A time with a calendar date, made ISO: 31/12/2026 or 12/31/2026 by `day_first` (null: unknown, not read).
create or replace temp macro iso_date_text(text, day_first) as
    case
        when day_first is not null and regexp_matches(text, '^\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}([ T,].*)?$') then
            regexp_extract(text, '^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})', 3)
            || '-' || lpad(regexp_extract(text, '^(\d{1,2})[/.\-](\d{1,2})', case when day_first then 2 else 1 end), 2, '0')
            || '-' || lpad(regexp_extract(text, '^(\d{1,2})[/.\-](\d{1,2})', case when day_first then 1 else 2 end), 2, '0')
            || regexp_replace(regexp_extract(text, '^\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}(.*)$', 1), '^,', '')
        when regexp_matches(text, '^\d{4}/\d{1,2}/\d{1,2}') then replace(text, '/', '-')
        else text
    end;

create or replace temp macro has_offset(text) as
    regexp_matches(text, ':\d{2}([.,]\d+)?\s*(Z|z|UTC|GMT|[+\-]\d{2}(:?\d{2})?)$')
    or regexp_matches(text, 'T\d{2}:?\d{2}Z$');

create or replace temp macro is_epoch(text) as
    regexp_full_match(text, '-?\d{8,20}(\.\d+)?') and not regexp_full_match(text, '(19|20)\d{6}');

-- An instant in UTC. Epochs are told apart by their size; a time without an offset is in `zone`.
create or replace temp macro parse_time(text, zone, day_first) as
    case
        when text is null then null
        when text ~~ '____-__-__T__:__%Z' then try_cast(text as timestamp)
        when is_epoch(text) then
            case
                when length(split_part(ltrim(text, '-'), '.', 1)) <= 11 then
                    make_timestamp((try_cast(text as decimal(30, 6)) * 1000000)::bigint)
                when length(split_part(ltrim(text, '-'), '.', 1)) <= 14 then
                    make_timestamp((try_cast(text as decimal(30, 6)) * 1000)::bigint)
                when length(split_part(ltrim(text, '-'), '.', 1)) <= 17 then
                    make_timestamp(try_cast(split_part(text, '.', 1) as bigint))
                else make_timestamp(try_cast(try_cast(split_part(text, '.', 1) as hugeint) // 1000 as bigint))
            end
        when regexp_full_match(text, '\d{8}T\d{6}Z') then try_cast(try_strptime(text, '%Y%m%dT%H%M%SZ') as timestamp)
        when has_offset(text) then
            try_cast(try_cast(regexp_replace(replace(iso_date_text(text, day_first), ',', '.'), '\s*(UTC|GMT|z)$', 'Z')
                as timestamptz) as timestamp)
        else timezone('UTC', timezone(zone, try_cast(iso_date_text(text, day_first) as timestamp)))
    end;

-- A calendar day: the date as written, whatever the zone.
create or replace temp macro parse_day(text, day_first) as
    case
        when regexp_full_match(text, '(19|20)\d{6}') then try_cast(try_strptime(text, '%Y%m%d') as date)
        else try_cast(left(iso_date_text(text, day_first), 10) as date)
    end;

-- Money and numbers: currency signs and spaces are dropped; `comma_decimal` settles what 1,234 or 1.234 means.
create or replace temp macro number_text(text) as
    case when regexp_full_match(text, '-?\d+(\.\d+)?') then text
         else replace(regexp_replace(regexp_replace(text, '[\s\x{00A0}\x{202F}\x{2009}'']', '', 'g'),
             '[A-Z]{0,3}\p{Sc}|^[A-Z]{3}|[A-Z]{3}$', '', 'g'), '−', '-') end;

create or replace temp macro plain_number(text, comma_decimal) as
    case
        when regexp_full_match(text, '[+\-]?\d+') then text
        when comma_decimal and regexp_full_match(text, '[+\-]?\d{1,3}(\.\d{3})+') then replace(text, '.', '')
        when regexp_full_match(text, '[+\-]?\d{1,3}(\.\d{3}){2,}') then replace(text, '.', '')
        when regexp_full_match(text, '[+\-]?\d{1,3}(,\d{3}){2,}') then replace(text, ',', '')
        when regexp_full_match(text, '[+\-]?\d*\.?\d+([eE][+\-]?\d+)?') then text
        when not comma_decimal and regexp_full_match(text, '[+\-]?\d{1,3}(,\d{3})+') then replace(text, ',', '')
        when regexp_full_match(text, '[+\-]?\d{1,3}(,\d{3})+\.\d*') then replace(text, ',', '')
        when regexp_full_match(text, '[+\-]?\d{1,3}(\.\d{3})+,\d*') then replace(replace(text, '.', ''), ',', '.')
        when regexp_full_match(text, '[+\-]?\d+,\d+') then replace(text, ',', '.')
    end;

create or replace temp macro finite(plain) as
    case when isfinite(try_cast(plain as double)) then try_cast(plain as double) end;

create or replace temp macro whole(plain) as
    case when finite(plain) = trunc(finite(plain)) then try_cast(finite(plain) as bigint) end;

create or replace temp macro parse_number(text, comma_decimal) as
    finite(plain_number(number_text(text), comma_decimal));

create or replace temp macro parse_boolean(text) as
    case lower(text)
        when 'true' then true when '1' then true when 'yes' then true when 'si' then true when 'sí' then true
        when 'granted' then true
        when 'false' then false when '0' then false when 'no' then false when 'denied' then false
    end;

-- JSON kept, without blanks between its parts; any other text becomes a JSON string.
create or replace temp macro parse_json(text) as
    case when text is null then null when json_valid(text) then json(text) else to_json(text) end;

-- JSON as it is compared: formats with columns write a missing name as null, so null and missing are the same.
create or replace temp macro canonical(value) as
    case when value::varchar ~~ '%:null%' then json_merge_patch('{}', value)::varchar else value::varchar end;

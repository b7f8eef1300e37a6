"""Where people's missing emails, phones and names may be found: the SQL that gathers what raw records tell besides.

One row is a text somewhere in a record or a provider's object that is tied to a person who lacks something, or to a
record that names nobody. ``engine.queries.repairs`` decides what each is worth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from engine.derive.lists import e164

if TYPE_CHECKING:
    from engine.queries.scope import Scope

_EMAIL = r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+"
_EMAIL_KEY = "mail|correo"
_PHONE_KEY = "phone|mobile|cell|whatsapp|telefono|tel[eé]fono|celular|m[oó]vil|^tel$"
_NAME_KEY = (
    "^(full_?name|contact_?name|customer_?name|buyer_?name|payer_?name|nombre|nombre_completo|first_?name|last_?name)$"
)
_NAMED_PART = "(billing|shipping|customer|contact|payer|buyer|recipient)[a-z_]*$"

_IDS = ("email", "phone", "user_id", "stripe_customer_id", "ghl_contact_id", "shopify_customer_id",
        "mercadopago_payer_id", "anonymous_id")  # fmt: skip

_OWN_IDS = """lower(trim(r.email)) as email, r.phone as written, {user_id} as user_id, {stripe} as stripe_customer_id,
       {ghl} as ghl_contact_id, {shopify} as shopify_customer_id,
       {mercadopago} as mercadopago_payer_id, r.anonymous_id"""


def _ids(user_id: str, *, has_provider_ids: bool) -> str:
    if has_provider_ids:
        return _OWN_IDS.format(
            user_id=user_id,
            stripe="r.stripe_customer_id",
            ghl="r.ghl_contact_id",
            shopify="r.shopify_customer_id",
            mercadopago="r.mercadopago_payer_id",
        )
    nothing = "null::varchar"
    return _OWN_IDS.format(user_id=user_id, stripe=nothing, ghl=nothing, shopify=nothing, mercadopago=nothing)


_CONVERSION_IDS = _ids("r.person", has_provider_ids=True)
_PERSON_IDS = _ids("r.user_id", has_provider_ids=True)
_EVENT_IDS = _ids("r.user_id", has_provider_ids=False)
_TELLS = f"'(?i)({_EMAIL_KEY}|phone|mobile|cell|whatsapp|tel[eé]fono|celular|m[oó]vil|name|nombre|@)'"
_COLUMNS_TOLD = """json_object('email', o.email, 'phone', o.phone, 'first_name', o.first_name,
                               'last_name', o.last_name)"""

_LACKING = """
lacking as (
    select person_id, email is null as no_email, is_identified and phone is null as no_phone,
           is_identified and first_name is null and last_name is null as no_name
    from people
    where profile_id = $profile
      and case when is_identified then email is null or phone is null or (first_name is null and last_name is null)
               -- a visitor nobody knows, but of whom an order or a conversion tells
               else person_id in (select person_id from credit_entries where profile_id = $profile)
                    or person_id in (select i.person_id
                                     from raw_events r join identifiers i on i.profile_id = r.profile_id
                                         and i.kind = 'anonymous_id' and i.value = r.anonymous_id
                                     where r.profile_id = $profile
                                       and coalesce(r.order_id, r.checkout_token) is not null) end
), nameless as (
    select record_key from conversions where profile_id = $profile and person_id is null
)"""

# Records that one payment, order or checkout ties together (G2); the looser the tie, the later it is tried.
_LINKED = f"""
linkable as (
    select record_key, 'raw_conversions' as raw_table, conversion_id as object_id, event_type,
           coalesce(lower(source), 'import') as provider, occurred_at, payment_id, order_id, checkout_token,
           email, phone, first_name, last_name
    from raw_conversions where profile_id = $profile and coalesce(payment_id, order_id, checkout_token) is not null
    union all
    select record_key, 'raw_events', coalesce(event_id, record_key::varchar), event_type, 'website', occurred_at,
           payload->>'payment_id', order_id, checkout_token, email, phone, first_name, last_name
    from raw_events where profile_id = $profile and coalesce(order_id, checkout_token) is not null
), links as (
    select 'same_payment' as link, payment_id as link_value, record_key from linkable where payment_id is not null
    union all select 'same_checkout', checkout_token, record_key from linkable where checkout_token is not null
    union all select 'same_order', order_id, record_key from linkable where order_id is not null
), linked as (
    select l.link, l.link_value, l.record_key, o.provider, o.event_type as object_type, o.object_id,
           o.occurred_at as told_at, {_COLUMNS_TOLD} as content
    from links l
    join links k on k.link = l.link and k.link_value = l.link_value and k.record_key <> l.record_key
    join linkable o on o.record_key = k.record_key
    where coalesce(o.email, o.phone, o.first_name) is not null
)"""

_OBJECTS = """
objects as (
    select c.provider, o.object_type, o.object_id, o.fetched_at, o.content,
           case when c.provider = 'stripe' then
               case when o.object_type = 'customer' then o.object_id
                    else coalesce(o.content->>'$.customer.id', o.content->>'$.customer') end end as stripe_customer_id,
           case when c.provider = 'gohighlevel' then
               case when o.object_type = 'contact' then o.object_id
                    else coalesce(o.content->>'$.contactId', o.content->>'$.contact.id') end end as ghl_contact_id,
           case when c.provider = 'shopify' then
               case when o.object_type = 'customer'
                    then coalesce(o.content->>'$.legacyResourceId', regexp_extract(o.object_id, '[0-9]+$'))
                    else coalesce(o.content->>'$.customer.legacyResourceId',
                                  regexp_extract(o.content->>'$.customer.id', '[0-9]+$')) end end
               as shopify_customer_id,
           case when c.provider = 'mercadopago' then o.content->>'$.payer.id' end as mercadopago_payer_id,
           case c.provider when 'mercadopago' then 'mp_payment_' || o.object_id else o.object_id end as conversion_id
    from provider_objects o join connections c using (connection_id)
    where o.profile_id = $profile and not o.is_deleted
      and c.provider in ('stripe', 'gohighlevel', 'shopify', 'mercadopago')
      and regexp_matches(o.content::varchar, $tells)
)"""

_TOLD = f"""
told as (
    select coalesce(lower(r.source), 'import') as provider, r.event_type as object_type, r.conversion_id as object_id,
           r.occurred_at as told_at, 'own_record' as link, null::varchar as link_value, r.record_key,
           {_CONVERSION_IDS}, r.payload as content
    from raw_conversions r
    where r.profile_id = $profile and r.payload is not null and regexp_matches(r.payload::varchar, $tells)
    union all
    select coalesce(lower(o.source), 'import'), o.event_type, o.conversion_id, o.as_of, 'earlier_version', null,
           r.record_key, {_CONVERSION_IDS}, {_COLUMNS_TOLD}
    from raw_conversions o
    join (select * from raw_conversions where profile_id = $profile
          qualify row_number() over (partition by record_key order by as_of desc, content_hash) = 1
                  and count(*) over (partition by record_key) > 1) r
        on r.record_key = o.record_key and r.content_hash <> o.content_hash
    where o.profile_id = $profile
    union all
    select coalesce(lower(r.source), 'import'), 'contact', r.record_key::varchar, r.occurred_at, 'own_record', null,
           r.record_key, {_PERSON_IDS}, r.payload
    from raw_people r
    where r.profile_id = $profile and r.payload is not null and regexp_matches(r.payload::varchar, $tells)
    union all
    select 'website', r.event_type, coalesce(r.event_id, r.record_key::varchar), r.occurred_at, 'own_record', null,
           r.record_key, {_EVENT_IDS}, r.payload
    from raw_events r
    join events e on e.profile_id = r.profile_id and e.event_key = r.record_key and e.content_hash = r.content_hash
    where r.profile_id = $profile and r.payload is not null and regexp_matches(r.payload::varchar, $tells)
      and e.agent_kind is distinct from 'bot'
    union all
    select l.provider, l.object_type, l.object_id, l.told_at, l.link, l.link_value, l.record_key,
           {_CONVERSION_IDS}, l.content
    from linked l join raw_conversions r on r.profile_id = $profile and r.record_key = l.record_key
    union all
    select l.provider, l.object_type, l.object_id, l.told_at, l.link, l.link_value, l.record_key,
           {_EVENT_IDS}, l.content
    from linked l join raw_events r on r.profile_id = $profile and r.record_key = l.record_key
    union all
    select o.provider, o.object_type, o.object_id, o.fetched_at, 'provider_object', null, c.record_key,
           null, null, null, o.stripe_customer_id, o.ghl_contact_id, o.shopify_customer_id, o.mercadopago_payer_id,
           null, o.content
    from objects o
    left join (select conversion_id, any_value(record_key) as record_key from raw_conversions
               where profile_id = $profile group by 1) c using (conversion_id)
    union all
    select 'import', 'identifier', value, null, 'torn', value, null,
           null, if(kind = 'phone', value, null), if(kind = 'user_id', value, null),
           if(kind = 'stripe_customer_id', value, null), if(kind = 'ghl_contact_id', value, null),
           if(kind = 'shopify_customer_id', value, null), if(kind = 'mercadopago_payer_id', value, null), null,
           json_object('email', other_value)
    from identity_conflicts
    where profile_id = $profile and reason = 'two_emails' and other_kind = 'email'
)"""


def _owners() -> str:
    """Joins of every kind of identifier to whom it belongs, with the first that belongs to somebody as ``left``."""
    value = {"phone": "coalesce(w.e164, t.written)"}
    joins = "\n    ".join(
        f"left join identifiers i_{kind} on i_{kind}.profile_id = $profile and i_{kind}.kind = '{kind}'"
        f" and i_{kind}.value = {value.get(kind, f't.{kind}')} and i_{kind}.person_id is not null"
        for kind in _IDS
    )
    first = " ".join(f"when i_{kind}.person_id is not null then '{kind}'" for kind in _IDS)
    text = " ".join(f"when i_{kind}.person_id is not null then i_{kind}.value" for kind in _IDS)
    person = ", ".join(f"i_{kind}.person_id" for kind in _IDS)
    return f"""
owned as (
    select t.provider, t.object_type, t.object_id, t.told_at, t.link, t.link_value, t.content, t.record_key,
           coalesce({person}) as person_id, case {first} end as left_kind, case {text} end as left_value
    from told t
    left join written_phones w on w.written = t.written
    {joins}
)"""


_FOUND = """
kept as (
    select o.* replace (coalesce(o.left_kind, 'record') as left_kind,
                        coalesce(o.left_value, o.record_key::varchar) as left_value),
           coalesce(l.no_email, true) as no_email, coalesce(l.no_phone, false) as no_phone,
           coalesce(l.no_name, false) as no_name
    from owned o
    left join lacking l using (person_id)
    where l.person_id is not null or (o.person_id is null and o.record_key in (select record_key from nameless))
), leaves as (
    select k.* exclude (content), t.fullkey as place, lower(t.key) as key, trim(t.atom->>'$') as text,
           -- forms tell of a field as name and value: the name is beside the value
           lower(coalesce(k.content->>(s.beside || '.name'), k.content->>(s.beside || '.key'),
                          k.content->>(s.beside || '.label'), k.content->>(s.beside || '.id'))) as label,
           lower(regexp_extract(t.path, '([^.\\[\\]]*)(\\[\\d+\\])*$', 1)) as part
    from kept k, lateral json_tree(k.content) t,
         lateral (select regexp_replace(t.path, '\\.(values?|field_?values?|answers?)(\\[\\d+\\])?$', '') as beside) s
    where t.type in ('VARCHAR', 'UBIGINT', 'BIGINT')
)
select distinct provider, object_type, object_id, told_at, link, link_value, person_id::varchar as person_id, left_kind,
       left_value, place, key, label, part, text,
       case when regexp_full_match(text, $email_text) then 'email'
            when regexp_matches(coalesce(nullif(label, ''), key), $phone_key) or regexp_matches(key, $phone_key)
                then 'phone'
            else 'name' end as field
from leaves
where (no_email and regexp_full_match(text, $email_text))
   or (no_phone and (regexp_matches(key, $phone_key) or regexp_matches(coalesce(label, ''), $phone_key))
       and length(regexp_replace(text, '\\D', '', 'g')) between 7 and 15 and not contains(text, '@'))
   or (no_name and text <> '' and length(text) <= 80 and not contains(text, '@')
       and (regexp_matches(key, $name_key) or regexp_matches(coalesce(label, ''), $name_key)
            or (key = 'name' and regexp_matches(part, $named_part))))
"""

_SQL = f"with {_LACKING.strip()},{_LINKED},{_OBJECTS},{_TOLD},{_owners()},{_FOUND}"
_WRITTEN = """
select distinct phone from raw_conversions where profile_id = $profile and phone is not null and email is null
union select distinct phone from raw_people where profile_id = $profile and phone is not null and email is null
union select distinct phone from raw_events where profile_id = $profile and phone is not null and email is null
"""


def evidence(scope: Scope) -> pl.DataFrame:
    """Every text that may be a missing email, phone or name: where it stands and whose record or object tells it.

    Columns: ``field`` (email, phone, name), ``text``, ``key``, ``label`` (a form field's own name), ``part`` (the key
    above), ``place`` (a JSON path); ``provider, object_type, object_id, told_at``; ``link, link_value`` (why it is the
    same person); ``person_id``, ``left_kind, left_value``: the identifier, or ``record``, that it is tied to.
    """
    region = scope.profile.phone_region
    written = scope.frame(_WRITTEN)["phone"].to_list()
    phones = pl.DataFrame(
        [(text, number) for text in written if (number := e164(text, region))],
        schema={"written": pl.String, "e164": pl.String},
        orient="row",
    )
    with scope.cursor.table("written_phones", phones):
        return scope.frame(
            _SQL,
            {
                "tells": _TELLS.strip("'"),
                "email_text": _EMAIL,
                "phone_key": _PHONE_KEY,
                "name_key": _NAME_KEY,
                "named_part": _NAMED_PART,
            },
        )

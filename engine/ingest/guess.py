"""What the columns of an unknown file may be: the type of their values, and the fields they stand for.

Types are told through the importer's own macros, on the values of the first rows. Fields are told by name first
(ours, then names other products use, in English and Spanish), then by likeness of name, then by type alone.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import polars as pl

from engine.ingest.fields import Field, Kind, Type

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from engine.store import Cursor


class Guess(StrEnum):
    """What the values of a column look like."""

    TIME = "time"
    NUMBER = "number"
    MONEY = "money"
    EMAIL = "email"
    PHONE = "phone"
    ID = "id"
    URL = "url"
    TEXT = "text"
    BOOLEAN = "boolean"
    EMPTY = "empty"


SURE = 0.9
_MOST = 0.9
_ALIKE = 0.85
_LOOKED_AT = 500
_NAMES = 10_000  # of columns, remembered in plain words
_EPOCH = r"1\d{9}(\d{3}|\d{6}|\d{9})?(\.\d+)?"
_WORDS = {
    Guess.TIME: "time date timestamp created updated closed start starts end ends at on fecha hora dia day when",
    Guess.MONEY: "amount value price revenue total spend cost budget paid fee sum importe monto valor precio gasto"
    " costo coste ingreso ingresos presupuesto",
    Guess.PHONE: "phone tel telephone mobile cell whatsapp telefono movil celular",
    Guess.ID: "id uuid guid key token",
}
_HINTS = {guess: frozenset(words.split()) for guess, words in _WORDS.items()}

_ALIASES: Mapping[str, str] = {
    "event_time": "time timestamp date datetime created_at occurred_at event_timestamp ts event_date received_at"
    " sent_at fecha fecha_hora fecha_evento hora",
    "time": "timestamp date datetime created_at occurred_at event_time closed_at paid_at booked_at close_date"
    " payment_date created created_date conversion_time order_date fecha fecha_hora fecha_pago fecha_cierre",
    "date": "day spent_on report_date date_start reporting_starts fecha dia time_period",
    "starts_at": "start start_time start_date appointment_time begins_at inicio",
    "ends_at": "end end_time end_date fin",
    "as_of": "updated_at modified_at last_modified actualizado",
    "event_id": "id uuid message_id",
    "event_type": "event type event_name action conversion_type goal kind evento tipo tipo_de_evento tipo_evento",
    "event_name": "event name evento",
    "conversion_id": "id deal_id payment_id order_id transaction_id charge_id booking_id appointment_id opportunity_id"
    " lead_id invoice_id record_id id_pago id_pedido folio",
    "anonymous_id": "visitor_id client_id device_id cookie_id visitor anon_id distinct_id user_pseudo_id visitante",
    "session_id": "session visit_id sesion",
    "user_id": "customer_id uid account_id member_id contact_id userid id_cliente id_usuario",
    "person": "person_id customer customer_id contact contact_id user user_id persona cliente",
    "email": "email_address e_mail mail customer_email contact_email user_email billing_email correo"
    " correo_electronico",
    "phone": "phone_number telephone tel mobile mobile_phone cell whatsapp contact_phone customer_phone telefono movil"
    " celular",
    "first_name": "firstname given_name forename nombre",
    "last_name": "lastname surname family_name apellido apellidos",
    "url": "page_url page_location location landing_page landing_url link current_url href pagina",
    "path": "page_path url_path pathname ruta",
    "title": "page_title titulo",
    "referrer": "referer page_referrer referring_url http_referer referente",
    "value_amount": "value amount price revenue total total_price order_total amount_paid deal_value monetary_value"
    " conversion_value importe monto valor precio ingreso ingresos",
    "currency": "currency_code cur iso_currency moneda divisa",
    "spend": "cost amount_spent amount spend_amount ad_spend gasto inversion importe_gastado coste costo",
    "daily_budget": "budget presupuesto presupuesto_diario",
    "impressions": "impr views impresiones",
    "clicks": "link_clicks clics",
    "reach": "alcance",
    "campaign": "campaign_name utm_campaign campana nombre_de_la_campana",
    "campaign_id": "campaign_key id_campana",
    "ad_set": "adset adset_name ad_set_name ad_group ad_group_name adgroup conjunto_de_anuncios",
    "ad_set_id": "adset_id ad_group_id adgroup_id",
    "ad": "ad_name anuncio",
    "ad_id": "creative_id id_anuncio",
    "platform": "network ad_platform channel source plataforma",
    "account": "account_id account_name ad_account ad_account_id advertiser customer_id cuenta",
    "source": "utm_source traffic_source lead_source origen fuente",
    "medium": "utm_medium medio",
    "channel": "channel_group channel_grouping default_channel_group canal",
    "utm_source": "source origen fuente",
    "utm_medium": "medium medio",
    "utm_campaign": "campaign campaign_name campana",
    "utm_content": "content ad_content contenido",
    "utm_term": "term keyword palabra_clave",
    "user_agent": "useragent ua agent",
    "device": "device_type device_category dispositivo",
    "browser": "browser_name navegador",
    "os": "operating_system platform_os sistema_operativo",
    "country": "country_code geo_country pais",
    "region": "state province geo_region estado provincia",
    "city": "geo_city town ciudad",
    "ip": "ip_address user_ip",
    "order_id": "order order_number order_name pedido numero_de_pedido",
    "payment_id": "payment charge_id transaction_id payment_intent id_pago",
    "refund_of": "refunded_payment original_payment_id reembolso_de",
    "stage": "deal_stage pipeline_stage stage_name etapa",
    "pipeline": "pipeline_name embudo",
    "assigned_user": "owner assigned_to sales_rep responsable",
    "status": "state estado",
    "payload": "properties metadata extra data custom_fields props",
    "rate": "exchange_rate fx_rate value obs_value tasa tipo_de_cambio",
    "base": "base_currency from_currency moneda_base",
    "stripe_customer_id": "stripe_customer stripe_id",
    "ghl_contact_id": "ghl_id gohighlevel_contact_id highlevel_contact_id",
    "shopify_customer_id": "shopify_id shopify_customer",
    "mercadopago_payer_id": "payer_id mercadopago_id",
    "engagement": "engagement_score score",
    "kind": "touch_type type",
}

_FITS: Mapping[Type, frozenset[Guess]] = {
    Type.TIME: frozenset({Guess.TIME}),
    Type.DAY: frozenset({Guess.TIME}),
    Type.AMOUNT: frozenset({Guess.NUMBER, Guess.MONEY}),
    Type.NUMBER: frozenset({Guess.NUMBER, Guess.MONEY}),
    Type.INTEGER: frozenset({Guess.NUMBER}),
    Type.BOOLEAN: frozenset({Guess.BOOLEAN}),
    Type.CURRENCY: frozenset({Guess.TEXT}),
    Type.CHOICE: frozenset({Guess.TEXT}),
    Type.JSON: frozenset({Guess.TEXT}),
}
_NAMED_FITS = {
    "email": frozenset({Guess.EMAIL}),
    "phone": frozenset({Guess.PHONE, Guess.NUMBER, Guess.ID}),
    "url": frozenset({Guess.URL, Guess.TEXT}),
    "referrer": frozenset({Guess.URL, Guess.TEXT}),
}
_NOT_TEXT = frozenset({Guess.TIME, Guess.MONEY, Guess.BOOLEAN})


@dataclass(frozen=True)
class Suggestion:
    """A column for a field.

    Attributes:
        column: its name in the file.
        score: 1 our own name, down to 0.4 for the type alone.
    """

    column: str
    score: float


def guess_types(cursor: Cursor, texts: pl.DataFrame, zone: str) -> dict[str, Guess]:
    """What the values of each column look like.

    Args:
        cursor: with the macros loaded.
        texts: one text column per column of the file.
        zone: time zone of times without an offset.
    """
    pieces = [
        pl.DataFrame({"column": index, "text": series.drop_nulls().head(_LOOKED_AT)})
        for index, series in enumerate(texts.iter_columns())
        if len(series.drop_nulls())
    ]
    if not pieces:
        return dict.fromkeys(texts.columns, Guess.EMPTY)
    zone_text = zone.replace("'", "''")
    with cursor.table("guess_values", pl.concat(pieces)):
        rows = cursor.rows(
            rf"""with cleaned as (
                select "column", clean(text) as t from guess_values
            ), read as (
                select "column", t,
                    regexp_full_match(t, '[+\-]?\d+([.,]\d+)?') as is_plain,
                    parse_number(t, false) is not null or parse_number(t, true) is not null as is_number,
                    coalesce(parse_time(t, '{zone_text}', true), parse_time(t, '{zone_text}', false)) as instant
                from cleaned)
            select "column", count(t), count(*) filter (is_number),
                count(*) filter (is_number and not is_plain and regexp_matches(t, '\p{{Sc}}|[A-Z]{{3}}')),
                count(*) filter (instant >= '1990-01-01' and instant < '2100-01-01' and not is_plain),
                count(*) filter (instant is not null and regexp_full_match(t, '{_EPOCH}|(19|20)\d{{6}}')),
                count(*) filter (parse_boolean(t) is not null and t not in ('0', '1')),
                count(*) filter (regexp_full_match(t, '[^@\s]+@[^@\s]+\.[^@\s]+')),
                count(*) filter (regexp_matches(t, '^(https?://|www\.)\S+$')),
                count(*) filter (regexp_full_match(t, '\+?[\d\s().\-]{{7,20}}')
                    and length(regexp_replace(t, '\D', '', 'g')) between 7 and 15),
                count(*) filter (starts_with(t, '+')),
                count(*) filter (regexp_full_match(t, '\S{{4,}}') and regexp_matches(t, '\d'))
            from read group by 1"""
        )
    names = texts.columns
    found = {names[int(row[0])]: _guess(names[int(row[0])], row[1:]) for row in rows}
    return {name: found.get(name, Guess.EMPTY) for name in texts.columns}


def _guess(name: str, counts: Sequence[int]) -> Guess:
    total, numbers, signed, times, epochs, booleans, emails, urls, phones, plus, coded = counts
    if not total:
        return Guess.EMPTY
    most = _MOST * total
    words = set(_words(name))
    hinted = {guess for guess, hints in _HINTS.items() if words & hints}
    if times >= most or (epochs >= most and Guess.TIME in hinted):
        return Guess.TIME
    for count, guess in ((booleans, Guess.BOOLEAN), (emails, Guess.EMAIL), (urls, Guess.URL)):
        if count >= most:
            return guess
    if phones >= most and (plus >= most or Guess.PHONE in hinted):
        return Guess.PHONE
    if Guess.ID in hinted and coded + numbers >= most:
        return Guess.ID
    if numbers >= most:
        return Guess.MONEY if signed >= most / 2 or Guess.MONEY in hinted else Guess.NUMBER
    if 2 * numbers >= total and Guess.MONEY in hinted:  # amounts with mistakes, which are to be seen
        return Guess.MONEY
    if Guess.ID in hinted or coded >= most:
        return Guess.ID
    return Guess.TEXT


def suggest(
    kind: Kind, columns: Sequence[str], types: Mapping[str, Guess], *, samples: Mapping[str, Collection[str]]
) -> dict[str, Suggestion]:
    """A column for each field of a kind that has one: no column twice, the best pairs first.

    Args:
        kind: what the rows would be.
        columns: names in the file, in its order.
        types: what their values look like.
        samples: a few values of each column; fields with a fixed set of values want some of those.
    """
    pairs: list[tuple[float, int, int, str, str]] = []
    for place, field in enumerate(kind.fields):
        for index, column in enumerate(columns):
            score = _score(field, column, types[column], samples.get(column, ()))
            if score:
                pairs.append((-score, place, index, field.name, column))
    pairs += _by_type_alone(kind, columns, types)
    pairs.sort()
    chosen: dict[str, Suggestion] = {}
    taken: dict[str, str] = {}
    for score, _, _, field, column in pairs:
        if field not in chosen and column not in taken:
            chosen[field] = Suggestion(column, -score)
            taken[column] = field
    for field in kind.fields:
        if not field.required or field.name in chosen:
            continue
        # Rather than do without, it takes the column of a field that rows can do without.
        for score, _, _, name, column in pairs:
            owner = kind.field(taken[column]) if name == field.name else None
            if owner is not None and not owner.required and owner.name not in kind.any_of:
                del chosen[owner.name]
                chosen[name] = Suggestion(column, -score)
                taken[column] = name
                break
    return {field.name: chosen[field.name] for field in kind.fields if field.name in chosen}


def constants_for(kind: Kind, found: Mapping[str, Suggestion]) -> dict[str, str]:
    """What every row is given where no column tells: amounts whose type nobody tells are payments received."""
    is_payments = kind.name == "conversions" and "event_type" not in found and "value_amount" in found
    return {"event_type": "=payment_received"} if is_payments else {}


def money_columns(types: Mapping[str, Guess]) -> list[str]:
    """Columns whose values are amounts of money."""
    return [name for name, guess in types.items() if guess is Guess.MONEY]


def _score(field: Field, column: str, guess: Guess, samples: Collection[str]) -> float:
    if column == field.name:
        return 1.0
    ours, theirs, last = _plain(field.name), _plain(column), _plain(column.rpartition(".")[2])
    if not theirs:
        return 0.0
    if theirs == ours:
        return 0.97
    if not _fits(field, guess, samples):
        return 0.0
    aliases = _aliases(field.name)
    if last == ours:
        return 0.92
    for name, best in ((theirs, 0.9), (last, 0.86)):
        if name in aliases:
            return best - 0.1 * aliases.index(name) / len(aliases)
    if field.type in {Type.CHOICE, Type.JSON} or guess is Guess.EMPTY:
        return 0.0
    likeness = max(_likeness(ours, name) for name in {theirs, last})
    return 0.6 * likeness if likeness >= _ALIKE else 0.0


def _fits(field: Field, guess: Guess, samples: Collection[str]) -> bool:
    if guess is Guess.EMPTY:
        return True
    if field.type is Type.CURRENCY:
        return _half(re.fullmatch(r"\s*[A-Za-z]{3}\s*", text) is not None for text in samples)
    if field.type is Type.CHOICE:
        return _half(text.strip().lower() in field.choices for text in samples)
    if field.type is Type.JSON:
        return _half(text.lstrip().startswith("{") for text in samples)
    if field.name in _NAMED_FITS:
        return guess in _NAMED_FITS[field.name]
    fits = _FITS.get(field.type)
    return guess in fits if fits is not None else guess not in _NOT_TEXT


def _half(told: Iterable[bool]) -> bool:
    """Whether at least half of them are true."""
    answers = list(told)
    return 2 * sum(answers) >= len(answers)


def _by_type_alone(
    kind: Kind, columns: Sequence[str], types: Mapping[str, Guess]
) -> list[tuple[float, int, int, str, str]]:
    """The one column of a type that only one field of the kind asks for."""
    times = [field.name for field in kind.fields if field.type in {Type.TIME, Type.DAY} and field.required]
    amounts = [field.name for field in kind.fields if field.type is Type.AMOUNT][:1]
    wanted = [(times, Guess.TIME), (amounts, Guess.MONEY), (["email"], Guess.EMAIL), (["phone"], Guess.PHONE)]
    pairs: list[tuple[float, int, int, str, str]] = []
    for fields, guess in [*wanted, (["url"], Guess.URL)]:
        alike = [column for column in columns if types[column] is guess]
        if len(alike) == 1:
            place = columns.index(alike[0])
            pairs += [(-0.4, len(kind.fields), place, field, alike[0]) for field in fields if kind.field(field)]
    return pairs


@cache
def _aliases(field: str) -> tuple[str, ...]:
    return tuple(_plain(alias) for alias in _ALIASES.get(field, "").split())


def _likeness(one: str, other: str) -> float:
    """0 to 1; what is too low to count is not worked out."""
    matcher = SequenceMatcher(None, one, other)
    return matcher.ratio() if matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE else 0.0


@lru_cache(_NAMES)
def _plain(name: str) -> str:
    return "".join(_words(name))


@lru_cache(_NAMES)
def _words(name: str) -> tuple[str, ...]:
    """Words of a name in lower case without accents: ``createdAt`` and ``Created At`` are the same two."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", unicodedata.normalize("NFKD", name))
    folded = "".join(char for char in spaced.casefold() if not unicodedata.combining(char))
    return tuple(re.findall(r"[^\W_]+", folded))

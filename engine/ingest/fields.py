"""The kinds of file and their fields (INTERFACES: event file and its siblings).

A :class:`Kind` says which raw table its rows go to, which fields they have, what makes two rows the same fact, and
which fields a row cannot do without. Importing, mapping, error messages and the desktop's preview read this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """What a field's text must be."""

    TEXT = "text"
    TIME = "time"  # an instant
    DAY = "day"  # a calendar day
    AMOUNT = "amount"  # money in major units
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CURRENCY = "currency"  # ISO 4217
    JSON = "json"
    CHOICE = "choice"


@dataclass(frozen=True)
class Field:
    """One column a file may have.

    Attributes:
        name: in the file.
        column: in the raw table.
        type: what its text must be.
        required: a row without it is rejected.
        choices: of a CHOICE, lower case.
        default: SQL for an absent value.
        is_positive: zero and less are rejected.
    """

    name: str
    type: Type = Type.TEXT
    column: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str = ""
    is_positive: bool = False

    def __post_init__(self) -> None:
        if not self.column:
            object.__setattr__(self, "column", self.name)


@dataclass(frozen=True)
class Kind:
    """One kind of import.

    Attributes:
        name: on the command line.
        table: raw table its rows go to.
        fields: what its files may have.
        key: SQL text expression over the columns: what fact a row is (E7).
        any_of: of these fields a row needs at least one.
        is_restatable: later versions of a fact replace earlier ones by ``as_of`` (E7).
    """

    name: str
    table: str
    fields: tuple[Field, ...]
    key: str
    any_of: tuple[str, ...] = ()
    is_restatable: bool = False

    def field(self, name: str) -> Field | None:
        """The field of that name in the file."""
        return next((field for field in self.fields if field.name == name), None)


UTM_FIELDS = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
CLICK_ID_FIELDS = ("fbclid", "gclid", "gbraid", "wbraid", "msclkid", "ttclid", "twclid", "li_fat_id")
PROVIDER_ID_FIELDS = ("stripe_customer_id", "ghl_contact_id", "shopify_customer_id", "mercadopago_payer_id")


def _texts(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name) for name in names)


_PAYLOAD = Field("payload", Type.JSON)

EVENTS = Kind(
    name="events",
    table="raw_events",
    fields=(
        Field("event_id"),
        Field("event_type", default="'page_view'"),
        Field("event_name"),
        Field("event_time", Type.TIME, column="occurred_at", required=True),
        *_texts("anonymous_id", "session_id", "user_id", "email", "phone", "first_name", "last_name"),
        *_texts("url", "path", "title", "referrer"),
        *_texts(*UTM_FIELDS, *CLICK_ID_FIELDS),
        *_texts("fbp", "fbc", "user_agent", "device", "browser", "os", "country", "region", "city", "ip"),
        Field("value_amount", Type.AMOUNT),
        Field("currency", Type.CURRENCY),
        *_texts("order_id", "checkout_token"),
        Field("consent_analytics", Type.BOOLEAN),
        Field("consent_marketing", Type.BOOLEAN),
        _PAYLOAD,
    ),
    key=(
        "coalesce('id' || event_id, concat_ws(chr(31), 'is', coalesce(anonymous_id, email, phone, user_id),"
        " epoch_us(occurred_at), event_type, coalesce(url, ''), coalesce(canonical(payload), '')))"
    ),
    any_of=("anonymous_id", "email", "phone", "user_id"),
)

TOUCHES = Kind(
    name="touches",
    table="raw_touches",
    fields=(
        *_texts("person", "email", "anonymous_id"),
        Field("time", Type.TIME, column="occurred_at", required=True),
        *_texts("channel", "source", "medium", "campaign", "url"),
        Field("kind", Type.CHOICE, choices=("visit", "view", "synthetic"), default="'visit'"),
        Field("engagement", Type.NUMBER),
        *_texts("campaign_id", "ad_set_id", "ad_id"),
        _PAYLOAD,
    ),
    key=(
        "concat_ws(chr(31), coalesce(person, ''), coalesce(email, ''), coalesce(anonymous_id, ''),"
        " epoch_us(occurred_at), kind, coalesce(channel, ''), coalesce(source, ''), coalesce(medium, ''),"
        " coalesce(campaign, ''), coalesce(url, ''), coalesce(campaign_id, ''), coalesce(ad_set_id, ''),"
        " coalesce(ad_id, ''))"
    ),
    any_of=("person", "email", "anonymous_id"),
)

CONVERSIONS = Kind(
    name="conversions",
    table="raw_conversions",
    fields=(
        Field("conversion_id", required=True),
        *_texts("person", "email", "phone", "anonymous_id", *PROVIDER_ID_FIELDS, "first_name", "last_name"),
        Field("time", Type.TIME, column="occurred_at", required=True),
        Field("event_type", required=True),
        Field("value_amount", Type.AMOUNT),
        Field("currency", Type.CURRENCY),
        Field("revenue_type", Type.CHOICE, choices=("cash", "pipeline", "gross")),
        *_texts("refund_of", "payment_id", "order_id", "checkout_token", "gateway", "gateway_payment_id"),
        *_texts("source", "campaign_id", "ad_set_id", "ad_id", *UTM_FIELDS, "gclid"),
        *_texts("deal_id", "pipeline", "stage"),
        Field("stage_position", Type.INTEGER),
        *_texts("calendar", "assigned_user"),
        Field("starts_at", Type.TIME),
        Field("ends_at", Type.TIME),
        Field("status"),
        Field("as_of", Type.TIME),
        _PAYLOAD,
    ),
    key="conversion_id",
    is_restatable=True,
)

PEOPLE = Kind(
    name="people",
    table="raw_people",
    fields=(
        *_texts("email", "phone", "user_id", "anonymous_id", *PROVIDER_ID_FIELDS),
        *_texts("first_name", "last_name", "source"),
        Field("time", Type.TIME, column="occurred_at"),
        _PAYLOAD,
    ),
    key=(
        "concat_ws(chr(31), "
        + ", ".join(
            f"coalesce({name}, '')"
            for name in (
                *("email", "phone", "user_id", "anonymous_id", *PROVIDER_ID_FIELDS),
                *("first_name", "last_name", "source"),
            )
        )
        + ")"
    ),
    any_of=("email", "phone", "user_id", "anonymous_id", *PROVIDER_ID_FIELDS),
)

AD_SPEND = Kind(
    name="ad-spend",
    table="raw_ad_spend",
    fields=(
        Field("date", Type.DAY, column="spent_on", required=True),
        Field("platform", required=True),
        Field("account", required=True),
        Field("campaign_id", required=True),
        *_texts("campaign", "ad_set_id", "ad_set", "ad_id", "ad"),
        Field("spend", Type.AMOUNT, required=True),
        Field("currency", Type.CURRENCY, required=True),
        *(Field(name, Type.INTEGER) for name in ("impressions", "clicks", "reach")),
        *_texts("status", "objective"),
        Field("daily_budget", Type.AMOUNT),
        *(Field(f"video_{name}", Type.INTEGER) for name in ("plays", "3s", "p25", "p50", "p75", "p100")),
        Field("video_avg_seconds", Type.NUMBER),
        Field("as_of", Type.TIME),
        _PAYLOAD,
    ),
    key=(
        "concat_ws(chr(31), spent_on, lower(platform), account, campaign_id, coalesce(ad_set_id, ''),"
        " coalesce(ad_id, ''))"
    ),
    is_restatable=True,
)

RATES = Kind(
    name="rates",
    table="raw_rates",
    fields=(
        Field("date", Type.DAY, column="rated_on", required=True),
        Field("currency", Type.CURRENCY, required=True),
        Field("base", Type.CURRENCY, required=True),
        Field("rate", Type.NUMBER, required=True, is_positive=True),
        Field("as_of", Type.TIME),
        _PAYLOAD,
    ),
    key="concat_ws(chr(31), rated_on, currency, base)",
    is_restatable=True,
)

AD_ENTITIES = Kind(
    name="ad-entities",
    table="raw_ad_entities",
    fields=(
        Field("platform", required=True),
        Field("account", required=True),
        Field("level", Type.CHOICE, choices=("campaign", "ad_set", "ad"), required=True),
        Field("entity_id", required=True),
        *_texts("campaign_id", "ad_set_id", "name", "status", "objective"),
        Field("daily_budget", Type.AMOUNT),
        Field("currency", Type.CURRENCY),
        *_texts("creative_kind", "headline", "body", "thumbnail_url", "destination_url"),
        Field("as_of", Type.TIME),
        _PAYLOAD,
    ),
    key="concat_ws(chr(31), lower(platform), level, entity_id)",
    is_restatable=True,
)

KEYWORDS = Kind(
    name="keywords",
    table="raw_search_keywords",
    fields=(
        Field("date", Type.DAY, column="searched_on", required=True),
        Field("site", required=True),
        Field("keyword", required=True),
        *_texts("page", "country", "device"),
        Field("impressions", Type.INTEGER, required=True),
        Field("clicks", Type.INTEGER, required=True),
        Field("position", Type.NUMBER, column="avg_position", required=True),
        Field("as_of", Type.TIME),
        _PAYLOAD,
    ),
    key=(
        "concat_ws(chr(31), searched_on, site, keyword, coalesce(page, ''), coalesce(country, ''),"
        " coalesce(device, ''))"
    ),
    is_restatable=True,
)

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (EVENTS, TOUCHES, CONVERSIONS, PEOPLE, AD_SPEND, RATES, AD_ENTITIES, KEYWORDS)
}

"""Every query by name: what it does, which options it takes, and how it is run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypedDict

from engine.attribution.models import MODELS, CreditSettings
from engine.errors import AttribenchError, Code
from engine.queries import (
    analysis,
    appointments,
    behind,
    campaigns,
    contacts,
    converting,
    coverage,
    findings,
    health,
    identity,
    intervals,
    journey,
    models,
    money,
    paths,
    people,
    records,
    repairs,
    sources,
    supposed,
    tags,
    traffic,
)
from engine.queries.dimensions import dimension
from engine.queries.masking import meant, meant_selection
from engine.queries.selection import Filter, Selection, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.attribution.custom import CustomModel
    from engine.profiles import ProfileSettings
    from engine.queries.result import Result
    from engine.queries.scope import Scope


class Options(TypedDict, total=False):
    """What a query may be told besides the selection; each takes the ones it names."""

    by: str
    level: str
    id: str
    entity_ids: Sequence[str]
    models: Sequence[str]
    metrics: Sequence[str]
    scope: str
    collapse: bool
    threshold: float
    search: str
    sort: str
    limit: int
    cursor: str
    masked: bool
    assigned_user: Sequence[str]
    calendar: Sequence[str]
    source: Sequence[str]


@dataclass(frozen=True)
class Query:
    """A query by name.

    Attributes:
        name: as users type it.
        definition: what it answers, in a sentence.
        run: asks it.
        options: names of :class:`Options` it takes.
        needs: those it cannot do without.
        is_dated: asks for a range of days.
        is_modelled: depends on the attribution model.
        is_filtered: filters on visits and touches act on it; where not, ``ignored_filters`` in ``meta`` names them.
        is_of_the_moment: the answer changes as time passes, also while no record does.
        is_repeatable: its SQL can be run again; not what reads tables that stand only while it runs (phones
            normalised in Python, everything derived on trial).
    """

    name: str
    definition: str
    run: Callable[..., Result]
    options: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    is_dated: bool = True
    is_modelled: bool = True
    is_filtered: bool = True
    is_of_the_moment: bool = False
    is_repeatable: bool = True


def _board(name: str, dimension_name: str, what: str) -> Query:
    def run(scope: Scope, **options: Any) -> Result:
        return traffic.board(scope, dimension_name, **options)

    return Query(name, f"Traffic and credit by {what}.", run, ("limit", "sort", "search"))


def _any_board(scope: Scope, *, by: str, **options: Any) -> Result:
    return traffic.board(scope, by, **options)


def _contacts(scope: Scope, *, scope_name: str = "all", **options: Any) -> Result:
    return contacts.contacts(scope, scope_name=scope_name, **options)  # pyright: ignore[reportArgumentType] - checked there


def _funnel(scope: Scope, *, scope_name: str = "all") -> Result:
    return analysis.funnel(scope, scope_=scope_name)  # pyright: ignore[reportArgumentType] - checked there


_PAGED = ("limit", "cursor", "search", "masked")
_ALL = (
    Query("overview", "The headline figures and those of the comparison period.", traffic.overview),
    Query("summary", "Cash, pipeline and leads apart, with the comparison period.", analysis.summary),
    Query("timeseries", "Figures by day, week or month.", traffic.timeseries, ("by", "metrics")),
    Query(
        "realtime",
        "Visitors of the last five minutes.",
        health.realtime,
        is_dated=False,
        is_modelled=False,
        is_filtered=False,
        is_of_the_moment=True,
    ),
    _board("channels", "channel", "channel"),
    _board("referrers", "referrer", "referring site"),
    _board("sources", "source", "source"),
    _board("mediums", "medium", "medium"),
    _board("campaign-board", "campaign", "campaign, paid or not"),
    _board("pages", "page", "page seen; credit goes to the entry page"),
    _board("entry-pages", "entry_page", "first page of the visit"),
    _board("exit-pages", "exit_page", "last page of the visit; credit goes to the entry page"),
    _board("countries", "country", "country"),
    _board("regions", "region", "region"),
    _board("cities", "city", "city"),
    _board("devices", "device", "kind of device"),
    _board("browsers", "browser", "browser"),
    _board("os", "os", "operating system"),
    Query("board", "Traffic and credit by any dimension.", _any_board, ("by", "limit", "sort", "search"), ("by",)),
    Query(
        "keywords",
        "Search words of a connected search console.",
        health.keywords,
        ("limit", "sort", "search"),
        is_modelled=False,
        is_filtered=False,
    ),
    Query(
        "campaigns",
        "Ad campaigns, ad sets or ads with delivery, credit and ROAS.",
        campaigns.campaigns,
        ("level", "limit", "sort", "search"),
    ),
    Query("trend", "Some campaigns, ad sets or ads by day.", campaigns.trend, ("entity_ids", "level"), ("entity_ids",)),
    Query("fatigue", "Ads that wear out, against the prior window.", campaigns.fatigue, ("level", "sort", "limit")),
    Query("conversions", "Conversions by goal.", money.conversions, is_modelled=False, is_filtered=False),
    Query(
        "conversions-timeseries",
        "Conversions by day and goal.",
        money.conversions_timeseries,
        is_modelled=False,
        is_filtered=False,
    ),
    Query("revenue", "Revenue, cash and spend by day.", money.revenue, ("by",)),
    Query("cash", "Cash by payment source and currency.", money.cash, is_modelled=False, is_filtered=False),
    Query(
        "customers",
        "Conversions with the people behind them, newest first.",
        people.customers,
        _PAGED,
        is_modelled=False,
    ),
    Query("visitors", "Devices that visited, last seen first.", people.visitors, _PAGED, is_modelled=False),
    Query(
        "people",
        "People who converted, one row each, with the path to their latest conversion.",
        converting.people,
        ("limit", "cursor", "search", "sort", "masked"),
        is_modelled=False,
    ),
    Query(
        "appointments",
        "Appointments by the time they start, with what brought them, how they went and where their deal stands.",
        appointments.appointments,
        ("assigned_user", "calendar", "source", "search", "limit", "masked"),
        is_modelled=False,
        is_of_the_moment=True,
    ),
    Query(
        "journey",
        "One person's timeline with credit per touch.",
        journey.journey,
        ("id", "limit", "cursor", "masked"),
        ("id",),
    ),
    Query(
        "quality",
        "Tracking, coverage and what could not be resolved.",
        health.quality,
        is_modelled=False,
        is_filtered=False,
    ),
    Query(
        "findings",
        "Everything that distorts the figures: what, how much of it, and where it is mended.",
        findings.findings,
        is_filtered=False,
        is_repeatable=False,
    ),
    Query(
        "coverage-history",
        "Coverage of conversions and of cash by week or month, with its band.",
        coverage.coverage_history,
        ("by",),
        is_modelled=False,
        is_filtered=False,
    ),
    Query(
        "unmatched-payments",
        "Payments and refunds without a touch, each with the reason.",
        coverage.unmatched_payments,
        ("limit", "search", "masked"),
        is_modelled=False,
        is_filtered=False,
    ),
    Query(
        "utm-audit",
        "Tags in several spellings, of unknown ads, on internal links, or missing, with visits and cash.",
        tags.utm_audit,
        ("limit", "search"),
        is_filtered=False,
    ),
    Query("gaps", "Hours without visits where some are usual.", sources.gaps, is_modelled=False, is_filtered=False),
    Query(
        "freshness",
        "Connections and kinds of records, and when they last brought anything.",
        sources.freshness,
        is_dated=False,
        is_modelled=False,
        is_filtered=False,
    ),
    Query(
        "contacts",
        "Identified people and what is missing of them, last seen first.",
        _contacts,
        ("scope", "limit", "cursor", "search", "masked"),
        is_dated=False,
        is_modelled=False,
        is_filtered=False,
    ),
    Query(
        "conflicts",
        "Identifiers that joined nobody or not everybody, and why.",
        contacts.conflicts,
        ("limit", "search", "masked"),
        is_dated=False,
        is_modelled=False,
        is_filtered=False,
    ),
    Query(
        "repairs",
        "Missing emails, phones and names that raw records tell, and where.",
        repairs.repairs,
        ("limit", "search", "masked"),
        is_dated=False,
        is_modelled=False,
        is_filtered=False,
        is_repeatable=False,
    ),
    Query(
        "repair-preview",
        "What repairs would change; all that need no second look when none is named.",
        supposed.repair_preview,
        ("entity_ids", "masked"),
        is_filtered=False,
        is_repeatable=False,
    ),
    Query(
        "merge-preview",
        "What it would change if several people were one.",
        supposed.merge_preview,
        ("entity_ids", "masked"),
        ("entity_ids",),
        is_filtered=False,
        is_repeatable=False,
    ),
    Query(
        "split-preview",
        "What it would change if an identifier joined nobody.",
        supposed.split_preview,
        ("id", "masked"),
        ("id",),
        is_filtered=False,
        is_repeatable=False,
    ),
    Query(
        "funnel", "Conversion events along the usual chain.", _funnel, ("scope",), is_modelled=False, is_filtered=False
    ),
    Query(
        "path-lengths",
        "Conversions and cash by the number of touches before them, and how much of it touches reach.",
        paths.path_lengths,
        is_modelled=False,
    ),
    Query(
        "paths",
        "The most frequent sequences of touches before conversions.",
        paths.paths,
        ("by", "collapse", "limit", "sort", "search"),
        is_modelled=False,
    ),
    Query("lags", "How long conversions took from the first touch, as a histogram.", paths.lags, is_modelled=False),
    Query("anomalies", "Days unusual for their weekday.", analysis.anomalies, ("metrics", "threshold")),
    Query(
        "engagement",
        "Scroll, time, frustration, forms, video, web vitals.",
        health.engagement,
        ("by", "limit"),
        is_modelled=False,
    ),
    Query("compare", "Models side by side.", models.compare, ("models", "by", "limit", "sort", "search")),
    Query(
        "behind",
        "The conversions behind one row of compare under a model, with what each gave it.",
        behind.behind,
        ("by", "id", "limit", "cursor", "masked"),
        ("by", "id"),
    ),
    Query(
        "intervals", "Bootstrap intervals of credited revenue and ROAS.", intervals.intervals, ("by", "limit", "sort")
    ),
    Query(
        "identity",
        "The identifiers of one person, and why they are one.",
        identity.identity,
        ("id", "masked"),
        ("id",),
        is_dated=False,
        is_modelled=False,
        is_filtered=False,
    ),
    Query(
        "record",
        "The raw record behind a conversion, event, touch or payment.",
        records.record,
        ("id", "masked"),
        ("id",),
        is_dated=False,
        is_modelled=False,
        is_filtered=False,
    ),
    Query("explain", "Everything behind one conversion.", models.explain, ("id", "masked"), ("id",), is_dated=False),
)

QUERIES: Mapping[str, Query] = {query.name: query for query in _ALL}


def query_named(name: str) -> Query:
    """The query of that name; QUERY_UNKNOWN with the names there are."""
    if name not in QUERIES:
        raise AttribenchError(Code.QUERY_UNKNOWN, name=name, known=list(QUERIES))
    return QUERIES[name]


def check_options(query: Query, options: Mapping[str, Any]) -> None:
    """Raise QUERY_INVALID for an option the query does not take or cannot do without."""
    for option in options:
        if option not in query.options:
            known = ", ".join(query.options) or "none"
            raise invalid(
                option.replace("_", "-"), options[option], f"no such option here; {query.name} takes: {known}"
            )
    for option in query.needs:
        if not options.get(option):
            raise invalid(option.replace("_", "-"), "", f"a value; {query.name} needs it")


def ask(scope: Scope, name: str, options: Mapping[str, Any]) -> Result:
    """Run a query in a scope made for it."""
    given = {("scope_name" if key == "scope" else key): meant(value) for key, value in options.items()}
    query = query_named(name)
    result = query.run(scope, **given)
    ignored = [str(item) for item in scope.selection.filters if item.dimension != "goal"]
    if query.is_filtered or not ignored:
        return result
    return replace(result, meta={**result.meta, "ignored_filters": ignored})


def models_asked(name: str, selection: Selection, options: Mapping[str, Any]) -> tuple[str, ...]:
    """The models a query depends on, after checking it and its options.

    Raises:
        AttribenchError: QUERY_UNKNOWN or QUERY_INVALID.
    """
    query = query_named(name)
    check_options(query, options)
    if name == "explain":
        return (selection.model, *MODELS)
    return (selection.model, *options.get("models", ())) if query.is_modelled else ()


def check_selection(
    selection: Selection, asked: Sequence[str], profile: ProfileSettings, custom_models: Mapping[str, CustomModel]
) -> Selection:
    """The selection with the goals its filters leave, and with settings.

    Args:
        selection: what is asked about.
        asked: models the query depends on, besides the selected one.
        profile: the profile's settings.
        custom_models: the user's own, by name.

    Raises:
        AttribenchError: QUERY_INVALID, MODEL_UNKNOWN or SETTING_INVALID; each lists what is valid.
    """
    for model in (selection.model, *asked):
        if model not in MODELS and model not in custom_models:
            raise AttribenchError(Code.MODEL_UNKNOWN, name=model, known=[*MODELS, *custom_models])
    settings = (selection.settings or CreditSettings.of_profile(profile)).checked()
    return replace(_checked(selection, profile), settings=settings)


def _checked(selection: Selection, profile: ProfileSettings) -> Selection:
    """With known dimensions, and goals that filters on the goal leave (A10: they act on conversions only).

    Filters that name emails by their stand-ins name them themselves.
    """
    selection = meant_selection(selection.checked())
    eligible = [goal.goal for goal in profile.goals if goal.is_eligible and not goal.is_negative]
    for goal in selection.goals:
        if goal not in eligible:
            raise invalid("goal", goal, ", ".join(eligible))
    kept = list(selection.goals or eligible)
    is_narrowed = bool(selection.goals)
    for item in selection.filters:
        dimension(item.dimension)
        if item.dimension == "goal":
            kept = [goal for goal in kept if _matches(item, goal)]
            is_narrowed = True
    if not kept:
        raise invalid(
            "filter",
            next(str(item) for item in selection.filters if item.dimension == "goal"),
            "a goal of " + ", ".join(eligible),
        )
    return replace(selection, goals=tuple(kept) if is_narrowed else ())


def _matches(item: Filter, text: str) -> bool:
    if item.operator in {"is", "is_not"}:
        found = text in item.values
    else:
        found = any(value.lower() in text.lower() for value in item.values)
    return found != item.is_negated

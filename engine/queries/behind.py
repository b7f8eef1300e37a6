"""The conversions behind one cell of a comparison: who was credited to a row under a model, and with how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.attribution.models import NOT_SET
from engine.queries import facts
from engine.queries.masking import called
from engine.queries.models import ROWS, Rows, by_rows
from engine.queries.paging import page_after, paged
from engine.queries.selection import invalid
from engine.queries.traffic import UNATTRIBUTED

if TYPE_CHECKING:
    from engine.queries.result import Result
    from engine.queries.scope import Scope

_SEP = "chr(31)"


def behind(
    scope: Scope,
    *,
    by: Rows,
    id: str,  # noqa: A002
    limit: int = 50,
    cursor: str | None = None,
    masked: bool = False,
) -> Result:
    """Conversions and refunds credited to one row of ``compare`` under the selected model, newest first.

    ``conversions`` and ``revenue`` over all pages add up to the row's figures.

    Args:
        scope: what is asked.
        by: what the rows are.
        id: the row: its value, or an ad entity's id, also as ``platform:id``; ``Unattributed`` for what no touch got.
        limit: rows a page.
        cursor: of the previous page.
        masked: hides who.
    """
    if by not in ROWS:
        raise invalid("by", by, ", ".join(ROWS))
    bound: dict[str, Any]
    if id == UNATTRIBUTED:
        relation = facts.entries(scope)
        credited = (
            f"select entry_no, is_counted::integer::double as conversions, coalesce(cash, 0)::double as revenue,"
            f" 0 as touches from ({relation.sql}) where count = 0 and (is_counted or cash is not null)"
        )
        bound = dict(relation.parameters)
        if facts.has_touch_filter(scope):
            credited += " and false"
    else:
        relation = facts.credit(scope, [scope.model], by_rows(by).credit, extra=("p.entry_no",))
        bound = relation.parameters | {"row": id}
        credited = f"""
            select entry_no, sum(credit_0 * counted) as conversions, sum(credit_0 * coalesce(cash, 0)) as revenue,
                   count(*) as touches
            from (select *, coalesce(value::varchar, '{NOT_SET}') as shown from ({relation.sql}))
            where credit_0 > 0 and (counted > 0 or cash is not null)
              and (shown = $row or split_part(shown, {_SEP}, 2) = $row
                   or split_part(shown, {_SEP}, 1) || ':' || split_part(shown, {_SEP}, 2) = $row)
            group by entry_no"""
    page, bound = page_after(limit, cursor, "e.occurred_at", "e.entry_id", bound)
    rows = scope.frame(
        f"""with credited as ({credited})
            select e.entry_id::varchar as entry_id, e.conversion_id::varchar as conversion_id, c.source_id, e.is_refund,
                   e.goal, e.occurred_at, e.booked_on, e.person_id::varchar as customer_profile_id,
                   {called(masked=masked)} as name, n.email, n.phone, coalesce(n.is_identified, false) as is_identified,
                   e.cash::double as cash, k.touches, round(k.conversions, 6) as conversions,
                   round(k.revenue, 6) as revenue
            from credited k
            join {scope.tables.entries} e on e.profile_id = $profile and e.entry_no = k.entry_no
            left join conversions c on c.profile_id = e.profile_id and c.conversion_id = e.conversion_id
            left join people n on n.profile_id = e.profile_id and n.person_id = e.person_id
            where true {page}
            order by e.occurred_at desc, e.entry_id::varchar desc limit {limit + 1}""",
        bound,
    )
    return paged(scope, rows, limit, "occurred_at", "entry_id", masked=masked)

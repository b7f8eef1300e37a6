"""Identity (I1-I5): from what was seen together to who is one person, and whose each device is.

Three rounds. First all records: emails are people, weak identifiers join them (:mod:`engine.derive.identity_graph`).
Then devices: somebody who identifies without an email is the device's owner, unless the identifiers belong to somebody
with another email (I3); the second round runs the same rules over these groups. Last the user's own decisions (I5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from engine.derive.identity_graph import NOBODY, Ints, Pairs, components, no_pairs, resolve

if TYPE_CHECKING:
    from engine.store import Cursor

_WEAK = ("phone", "user_id", "stripe_customer_id", "ghl_contact_id", "shopify_customer_id", "mercadopago_payer_id")

MAX_PEOPLE_OF_WEAK = 10
MAX_DEVICES_OR_PHONES_OF_EMAIL = 20


def resolve_people(cursor: Cursor) -> None:
    """Fill ``identifier_people`` (node, person_id, is_quarantined), ``device_owners`` and ``conflicts``.

    Reads the temporary tables of the step ``sightings`` and the user's decisions.
    """
    nodes = cursor.frame(
        "select node, kind, value, strength, first_seen_at, alias_id from known_identifiers order by node"
    )
    cursor.run(
        """create or replace temp table conflicts (
            reason varchar, kind varchar, value varchar, other_kind varchar, other_value varchar)"""
    )
    quarantine(cursor)
    quarantined = np.zeros(nodes.height, dtype=bool)
    quarantined[cursor.frame("select distinct node from quarantined")["node"].to_numpy()] = True
    split = np.zeros(nodes.height, dtype=bool)
    split[_split_nodes(cursor)] = True

    seen = cursor.frame(f"select email, {', '.join(_WEAK)} from combinations")
    ties, links = _observed(seen, quarantined, split)
    first = resolve(nodes.height, ties, links)
    is_email = (nodes["kind"] == "email").to_numpy()
    entity = np.where(first.anchor != NOBODY, first.anchor, first.group)
    entity[is_email] = np.flatnonzero(is_email)  # an email is its own anchor
    entity[quarantined] = NOBODY

    torn = np.zeros(nodes.height, dtype=bool)
    torn[first.torn[:, 0]] = True
    marks = _device_marks(cursor, entity, is_email, torn | split)
    second_ties, second_links = _through_devices(marks, is_email)
    second = resolve(nodes.height, second_ties, second_links)
    moved = np.where(second.anchor != NOBODY, second.anchor, second.group)
    entity = np.where((entity != NOBODY) & ~is_email, moved[entity], entity)

    entity = _merge(cursor, entity)
    _write_people(cursor, nodes, entity)
    _write_conflicts(cursor, nodes, [("two_emails", first.torn), ("chain", first.cut)])
    _write_conflicts(cursor, nodes, [("device", second.torn), ("device", second.cut)])
    _write_owners(cursor, marks, entity)


def quarantine(cursor: Cursor) -> None:
    """Fill ``quarantined``: identifiers seen with too many, and placeholders (I2)."""
    weak_pairs = " union all ".join(
        f"select {kind} as node, email, case when email is null then user_id end as user_id from combinations"
        f" where {kind} is not null"
        for kind in _WEAK
    )
    cursor.run(
        f"""create or replace temp table quarantined as
        select node, 'too_many_people' as reason from ({weak_pairs}) group by node
        having count(distinct email) + count(distinct nullif(user_id, node)) > {MAX_PEOPLE_OF_WEAK}
        union all
        select email, 'too_many_devices' from combinations where email is not null group by email
        having count(distinct anonymous_id) > {MAX_DEVICES_OR_PHONES_OF_EMAIL}
            or count(distinct phone) > {MAX_DEVICES_OR_PHONES_OF_EMAIL}
        union all
        select node, 'placeholder' from known_identifiers k
        where exists (from placeholders p where (p.kind = 'any' or p.kind = k.kind) and p.value = lower(k.value))
           or exists (from placeholders p where p.kind = 'email_domain' and k.kind = 'email'
                      and ends_with(k.value, '@' || p.value))"""
    )


def _split_nodes(cursor: Cursor) -> Ints:
    frame = cursor.frame(
        """select distinct node from known_identifiers k
           join identity_decisions d on d.left_kind = k.kind and d.left_value = k.value
           where d.decision = 'split' and d.undone_at is null and d.profile_id = (select profile_id from profile)"""
    )
    return frame["node"].to_numpy().astype(np.int64)


def _observed(seen: pl.DataFrame, quarantined: np.ndarray, split: np.ndarray) -> tuple[Pairs, Pairs]:
    """Ties (weak, email) and links (weak, weak) of the combinations; links only where no email was seen."""
    alone = np.append(quarantined | split, True)  # noqa: FBT003 - the last entry stands for an absent identifier
    columns = [np.where(alone[filled], NOBODY, filled) for filled in (_filled(seen, kind) for kind in _WEAK)]
    emails = _filled(seen, "email")
    usable_email = (emails != NOBODY) & ~alone[emails]
    ties = [no_pairs()]
    links = [no_pairs()]
    previous = np.full(seen.height, NOBODY, dtype=np.int64)
    for column in columns:
        tied = usable_email & (column != NOBODY)
        ties.append(np.column_stack((column[tied], emails[tied])))
        linked = ~usable_email & (column != NOBODY) & (previous != NOBODY)
        links.append(np.column_stack((previous[linked], column[linked])))
        previous = np.where(column != NOBODY, column, previous)
    return np.concatenate(ties), np.concatenate(links)


def _filled(frame: pl.DataFrame, column: str) -> Ints:
    return frame[column].cast(pl.Int64).fill_null(NOBODY).to_numpy()


def _device_marks(cursor: Cursor, entity: Ints, is_email: np.ndarray, alone: np.ndarray) -> pl.DataFrame:
    """Who was named on each device, in order: anonymous_id, seen_at, record_key, entity, node.

    The entity is that of the email, else of the strongest weak identifier that belongs to somebody with an email, else
    of the strongest one. Marks whose identifiers are quarantined, or tied to several people, tell nothing.
    """
    frame = cursor.frame(f"select anonymous_id, seen_at, record_key, email, {', '.join(_WEAK)} from device_sightings")
    entities = np.append(entity, NOBODY)
    silent = np.append(alone, True)  # noqa: FBT003
    has_email = np.append(is_email, False)  # noqa: FBT003
    emails = _filled(frame, "email")
    chosen = entities[emails].copy()
    for wants_email in (True, False):
        for kind in _WEAK:
            column = _filled(frame, kind)
            candidate = np.where(silent[column], NOBODY, entities[column])
            fits = (candidate != NOBODY) & (has_email[candidate] if wants_email else True)
            chosen = np.where((chosen == NOBODY) & fits, candidate, chosen)
    return (
        frame.select("anonymous_id", "seen_at", "record_key")
        .with_columns(pl.Series("entity", chosen))
        .filter(pl.col("entity") != NOBODY)
        .sort("anonymous_id", "seen_at", "record_key", nulls_last=True)
    )


def _through_devices(marks: pl.DataFrame, is_email: np.ndarray) -> tuple[Pairs, Pairs]:
    """Ties and links that devices add for groups without an email (I3).

    Such a group is the device's owner at that moment: the last one with an email before it, else the first one after;
    on a device where nobody gave an email, whoever was named before it.
    """
    if marks.is_empty():
        return no_pairs(), no_pairs()
    known = pl.Series("known", is_email)[marks["entity"]]
    frame = marks.with_columns(pl.when(known).then(pl.col("entity")).alias("owner")).with_columns(
        pl.col("owner").forward_fill().over("anonymous_id").alias("before"),
        pl.col("owner").backward_fill().over("anonymous_id").alias("after"),
        pl.col("entity").shift(1).over("anonymous_id").alias("previous"),
    )
    weak = frame.filter(pl.col("owner").is_null()).with_columns(pl.coalesce("before", "after").alias("owner"))
    ties = weak.filter(pl.col("owner").is_not_null()).select("entity", "owner").unique()
    links = (
        weak.filter(pl.col("owner").is_null() & pl.col("previous").is_not_null()).select("previous", "entity").unique()
    )
    return ties.to_numpy().astype(np.int64).reshape(-1, 2), links.to_numpy().astype(np.int64).reshape(-1, 2)


def _merge(cursor: Cursor, entity: Ints) -> Ints:
    """Follow the user's merges: they join whatever was observed."""
    pairs = cursor.frame(
        """select a.node as a, b.node as b from identity_decisions d
           join known_identifiers a on a.kind = d.left_kind and a.value = d.left_value
           join known_identifiers b on b.kind = d.right_kind and b.value = d.right_value
           where d.decision = 'merge' and d.undone_at is null and d.profile_id = (select profile_id from profile)"""
    )
    if pairs.is_empty():
        return entity
    left, right = (entity[pairs[name].to_numpy()] for name in ("a", "b"))
    usable = (left != NOBODY) & (right != NOBODY)
    joined = components(len(entity), np.column_stack((left[usable], right[usable])).astype(np.int64))
    return np.where(entity == NOBODY, NOBODY, joined[entity])


def _write_people(cursor: Cursor, nodes: pl.DataFrame, entity: Ints) -> None:
    """``identifier_people``: a person's id is that of the strongest identifier, of those the earliest seen (I4)."""
    frame = nodes.with_columns(pl.Series("entity", entity))
    ids = (
        frame.filter(pl.col("entity") != NOBODY)
        .sort("entity", "strength", "first_seen_at", "value", nulls_last=True)
        .group_by("entity", maintain_order=True)
        .first()
        .select("entity", pl.col("alias_id").alias("person_id"))
    )
    with cursor.table("resolved", frame.join(ids, on="entity", how="left").select("node", "entity", "person_id")):
        cursor.run(
            """create or replace temp table identifier_people as
            select node, entity, person_id::uuid as person_id from resolved"""
        )


def _write_owners(cursor: Cursor, marks: pl.DataFrame, entity: Ints) -> None:
    """``device_marks``: who was named on each device, when, as a person."""
    final = marks.with_columns(pl.Series("entity", entity[marks["entity"].to_numpy()], dtype=pl.Int64))
    with cursor.table("marked", final):
        cursor.run(
            """create or replace temp table device_marks as
            select m.anonymous_id, m.seen_at, m.record_key::uuid as record_key, p.person_id
            from marked m
            join (select distinct entity, person_id from identifier_people where person_id is not null) p using (entity)"""
        )


def _write_conflicts(cursor: Cursor, nodes: pl.DataFrame, found: list[tuple[str, Pairs]]) -> None:
    names = nodes.select("node", "kind", "value")
    for reason, pairs in found:
        frame = (
            pl.DataFrame({"node": pairs[:, 0], "other": pairs[:, 1]})
            .join(names, on="node", how="left")
            .join(names.rename({"node": "other", "kind": "other_kind", "value": "other_value"}), on="other", how="left")
            .select(pl.lit(reason).alias("reason"), "kind", "value", "other_kind", "other_value")
        )
        with cursor.table("found_conflicts", frame):
            cursor.run("insert into conflicts select * from found_conflicts")

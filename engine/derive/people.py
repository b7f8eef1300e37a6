"""Identity (I1-I5): from what was seen together to who is one person, and whose each device is.

Three rounds over the numbered identifiers of the step ``sightings``, each a graph (``engine.derive.identity_graph``):

1. Records. Emails are people; weak identifiers (phone, user and provider ids) seen with an email, or with each other,
   join them (I2). Afterwards each identifier belongs to an *entity*: an email, or a group without one.
2. Devices. An entity without an email that is named on a device is the device's owner of that moment (I3). The rules
   are those of the first round, with owners in place of emails.
3. Decisions. What the user merged is one, whatever was observed (I5), and so is whom a repair gave an email. What the
   user split takes part in no tie and no link of the rounds before.

An entity is known by its smallest identifier, the one whose claim on the person's id comes first (I4).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from engine.derive.identity_graph import NOBODY, Flags, Ints, Pairs, components, distinct, resolve

if TYPE_CHECKING:
    from engine.store import Cursor

_WEAK = ("phone", "user_id", "stripe_customer_id", "ghl_contact_id", "shopify_customer_id", "mercadopago_payer_id")

MAX_PEOPLE = 10  # of a phone or id, and of a device that may join them
MAX_DEVICES_OR_PHONES = 20  # of an email


@dataclass(frozen=True)
class Identifiers:
    """What the rounds have to know of each identifier, by its number.

    Attributes:
        is_email: joined with no other email by what was observed.
        is_device: a device the user merged with somebody.
        is_quarantined: joins nobody, and is nobody (I2).
        is_split: the user wants it to join nobody (I5); a person of its own.
    """

    is_email: Flags
    is_device: Flags
    is_quarantined: Flags
    is_split: Flags

    @property
    def is_person(self) -> Flags:
        """Whoever these name is somebody in particular: owners of devices in their own right."""
        return self.is_email | self.is_device | self.is_split


@dataclass(frozen=True)
class Marks:
    """Who was named on each device, in order of device and time.

    Attributes:
        place: the row of ``device_sightings``.
        device: a number for the device.
        moment: a number for the device and the visit, or instant, this counts from.
        entity: who.
    """

    place: Ints
    device: Ints
    moment: Ints
    entity: Ints

    def where(self, keep: Flags) -> Marks:
        """Some of the marks."""
        return Marks(self.place[keep], self.device[keep], self.moment[keep], self.entity[keep])


def resolve_people(cursor: Cursor) -> None:
    """Decide who is one person.

    Reads the temporary tables of the step ``sightings`` and the user's decisions. Fills

    - ``identifier_people`` (node, entity, person_id): the entity is the identifier that gives the person its id; null
      for quarantined identifiers
    - ``record_people`` (record_key, person_id): whom a raw record names by its own identifiers
    - ``device_marks`` (anonymous_id, place, moment, person_id): who was named on each device, in order
    - ``conflicts`` (reason, kind, value, other_kind, other_value): what was not followed
    """
    quarantine(cursor)
    known = _identifiers(cursor)
    seen = cursor.frame(f"select sighting, email, {', '.join(_WEAK)} from sighting_nodes")

    # 1: records
    records = resolve(len(known.is_email), *_seen_together(seen, known))
    entity = records.entities()
    entity[known.is_email] = np.flatnonzero(known.is_email)
    entity[known.is_quarantined] = NOBODY
    is_torn = _flags(len(entity), records.torn[:, 0])

    # 2: devices
    marks = _device_marks(cursor, entity, known, is_torn)
    is_crowded = np.isin(marks.device, _crowded_devices(marks))
    crowded_places = marks.place[is_crowded]
    devices = resolve(len(entity), *_through_devices(marks.where(~is_crowded), known))
    is_torn |= _and_absent(_flags(len(entity), devices.torn[:, 0]))[entity]
    entity = np.where(entity == NOBODY, NOBODY, devices.entities()[entity])
    marks = _without_doubtful(marks, is_torn[marks.entity])

    # 3: decisions
    entity = _merged(cursor, entity)[entity]

    _write_people(cursor, entity)
    _write_records(cursor, seen, _named(seen, entity, known, is_torn))
    _write_marks(cursor, marks.place, entity[marks.entity])
    _write_conflicts(
        cursor,
        {
            "two_emails": [records.torn, records.loose],
            "chain": [records.cut],
            "device": [devices.torn, devices.loose, devices.cut],
        },
        crowded_places,
    )
    for table in ("sighting_nodes", "quarantined", "device_sightings"):
        cursor.run(f"drop table {table}")


def quarantine(cursor: Cursor) -> None:
    """Fill ``quarantined`` (node, reason): identifiers seen with too many, and placeholders (I2).

    The people a phone or id was seen with are told apart by email, else by the one email a phone or user id has
    elsewhere, else by that phone or user id. Provider ids tell nobody apart: one person may have many.
    """
    busy = f"(select node from known_identifiers where records > {MAX_PEOPLE})"
    weak = " union all ".join(
        f"""select {kind} as node, email, {"null" if kind == "phone" else "phone"} as phone,
                   {"null" if kind == "user_id" else "user_id"} as user_id
            from sighting_nodes where {kind} in {busy}"""
        for kind in _WEAK
    )
    cursor.run(
        """create or replace temp table one_email as
        select node, min(email) as email
        from (select phone as node, email from sighting_nodes where phone is not null and email is not null
              union all
              select user_id, email from sighting_nodes where user_id is not null and email is not null)
        group by node having count(distinct email) = 1"""
    )
    codes = pl.DataFrame({"code": ["", *(str(code) for code in COUNTRY_CODE_TO_REGION_CODE)]})
    with cursor.table("calling_codes", codes):
        cursor.run(
            f"""create or replace temp table quarantined as
            select w.node, 'too_many_people' as reason
            from ({weak}) w left join one_email p on p.node = w.phone left join one_email u on u.node = w.user_id
            group by w.node
            having count(distinct coalesce(w.email, p.email, u.email, w.phone, w.user_id)) > {MAX_PEOPLE}
            union all
            select n.email, 'too_many_devices'
            from sighting_nodes n join sightings x using (sighting)
            where n.email in (select node from known_identifiers where records > {MAX_DEVICES_OR_PHONES})
            group by n.email
            having count(distinct x.anonymous_id) > {MAX_DEVICES_OR_PHONES}
                or count(distinct n.phone) > {MAX_DEVICES_OR_PHONES}
            union all
            select k.node, 'placeholder' from known_identifiers k
            where lower(k.value) in (select value from placeholders where kind = 'any')
               or (k.kind, lower(k.value)) in (select (kind, value) from placeholders)
               or (k.kind = 'email' and split_part(k.value, '@', 2) in
                   (select value from placeholders where kind = 'email_domain'))
               or (k.kind = 'phone' and k.value in
                   (select '+' || code || value from placeholders, calling_codes where kind in ('phone', 'any')))"""
        )
    cursor.run("drop table one_email")


def _identifiers(cursor: Cursor) -> Identifiers:
    frame = cursor.frame(
        """select kind = 'email' as is_email, kind = 'anonymous_id' as is_device,
                  node in (select node from quarantined) as is_quarantined,
                  (kind, value) in (
                      select (left_kind, left_value) from identity_decisions
                      where decision = 'split' and undone_at is null
                        and profile_id = (select profile_id from profile)) as is_split
           from known_identifiers order by node"""
    )
    is_email, is_device, is_quarantined, is_split = (column.to_numpy() for column in frame.get_columns())
    return Identifiers(is_email, is_device, is_quarantined, is_split & ~is_quarantined)


def _seen_together(seen: pl.DataFrame, known: Identifiers) -> tuple[Pairs, Pairs]:
    """Round 1: each weak identifier of a record is tied to its email; without one, all are linked to each other."""
    apart = _and_absent(known.is_quarantined | known.is_split)
    email, *weak = (np.where(apart[node], NOBODY, node) for node in (_numbers(seen, kind) for kind in _KINDS))
    ties = [_both(node, email) for node in weak]
    alone = [np.where(email == NOBODY, node, NOBODY) for node in weak]
    links = [_both(one, other) for one, other in combinations(alone, 2)]
    return distinct(np.concatenate(ties)), distinct(np.concatenate(links))


def _device_marks(cursor: Cursor, entity: Ints, known: Identifiers, is_torn: Flags) -> Marks:
    frame = cursor.frame(
        f"""select place, email, {", ".join(_WEAK)}, device,
                   anonymous_id is distinct from lag(anonymous_id) over (order by place) as starts_device,
                   moment is distinct from lag(moment) over (order by place) as starts_moment
            from device_sightings order by place"""
    )
    is_first = frame["starts_device"].to_numpy()
    marks = Marks(
        _numbers(frame, "place"),
        np.cumsum(is_first, dtype=np.int64),
        np.cumsum(is_first | frame["starts_moment"].to_numpy(), dtype=np.int64),
        np.where(
            frame["device"].is_null().to_numpy(), _named(frame, entity, known, is_torn), _numbers(frame, "device")
        ),
    )
    split = cursor.frame(
        """select place from device_sightings where device is null and anonymous_id in (
               select left_value from identity_decisions
               where decision = 'split' and left_kind = 'anonymous_id' and undone_at is null
                 and profile_id = (select profile_id from profile))"""
    )
    marks = marks.where((marks.entity != NOBODY) & ~np.isin(marks.place, split["place"].to_numpy()))
    return _without_doubtful(marks, is_torn[marks.entity])


def _named(frame: pl.DataFrame, entity: Ints, known: Identifiers, is_torn: Flags) -> Ints:
    """Whom each row names: by its email, else by the strongest of its weak identifiers.

    Of these, one that belongs to somebody with an email goes first, one that is tied to several people last.
    """
    entity = np.append(entity, NOBODY)
    is_person = _and_absent(known.is_person)
    is_torn = _and_absent(is_torn)
    numbers = {kind: _numbers(frame, kind) for kind in _KINDS}
    chosen = entity[numbers["email"]]
    for fits in (is_person[entity], ~is_torn, np.ones(len(entity), dtype=bool)):
        for kind in _WEAK:
            node = numbers[kind]
            chosen = np.where((chosen == NOBODY) & fits[node], entity[node], chosen)
    return chosen


def _without_doubtful(marks: Marks, doubtful: Flags) -> Marks:
    """Who is tied to several people owns a device only where nobody else was named."""
    return marks.where(~doubtful | ~np.isin(marks.device, marks.device[~doubtful]))


def _crowded_devices(marks: Marks) -> Ints:
    """Devices on which too many people were named for one to be taken for another: a kiosk, a server's own id."""
    pairs = distinct(np.column_stack((marks.device, marks.entity)))
    devices, people = np.unique(pairs[:, 0], return_counts=True)
    return devices[people > MAX_PEOPLE]


def _through_devices(marks: Marks, known: Identifiers) -> tuple[Pairs, Pairs]:
    """Round 2: whom an entity without an email is taken for, by the devices it was named on (I3).

    It is the device's owner: who identified before it in the same visit, else after it in the same visit, else before,
    else after. On a device where nobody gave an email, it is whoever was named before it.
    """
    owner = np.where(known.is_person[marks.entity], marks.entity, NOBODY)
    for carried in (
        _carried(owner, marks.moment),
        _carried(owner[::-1], marks.moment[::-1])[::-1],
        _carried(owner, marks.device),
        _carried(owner[::-1], marks.device[::-1])[::-1],
    ):
        owner = np.where(owner == NOBODY, carried, owner)
    ties = _both(np.where(known.is_person[marks.entity], NOBODY, marks.entity), owner)
    ties = ties[~known.is_split[ties[:, 1]]]

    unowned = marks.where(owner == NOBODY)
    follows = unowned.device[1:] == unowned.device[:-1]
    links = np.column_stack((unowned.entity[:-1], unowned.entity[1:]))[follows]
    return distinct(ties), distinct(links)


def _carried(values: Ints, group: Ints) -> Ints:
    """For each row the last value so far in its group; groups stand together."""
    if not len(values):
        return values
    last = np.maximum.accumulate(np.where(values != NOBODY, np.arange(len(values)), NOBODY))
    return np.where((last != NOBODY) & (group[last] == group), values[last], NOBODY)


def _merged(cursor: Cursor, entity: Ints) -> Ints:
    """Round 3: for each entity the one it is part of by the user's merges and filled emails; the last entry stands for
    nobody."""
    pairs = cursor.frame(
        """select a.node as one, b.node as other from identity_decisions d
           join known_identifiers a on a.kind = d.left_kind and a.value = d.left_value
           join known_identifiers b on b.kind = d.right_kind and b.value = d.right_value
           where (d.decision = 'merge'
                  or d.decision = 'fill' and (d.right_kind = 'email' or d.left_kind = 'anonymous_id'))
             and d.undone_at is null and d.profile_id = (select profile_id from profile)"""
    )
    merges = _both(entity[_numbers(pairs, "one")], entity[_numbers(pairs, "other")])
    return np.append(components(len(entity), merges), NOBODY)


def _write_people(cursor: Cursor, entity: Ints) -> None:
    with cursor.table("resolved", pl.DataFrame({"node": np.arange(len(entity)), "entity": entity})):
        cursor.run(
            """create or replace temp table identifier_people as
            select r.node, k.node as entity, k.alias_id as person_id
            from resolved r left join known_identifiers k on k.node = r.entity"""
        )


def _write_records(cursor: Cursor, seen: pl.DataFrame, named: Ints) -> None:
    with cursor.table("named", pl.DataFrame({"sighting": seen["sighting"], "entity": named})):
        cursor.run(
            """create or replace temp table record_people as
            select distinct x.record_key, k.alias_id as person_id
            from named n join sightings x using (sighting) join known_identifiers k on k.node = n.entity"""
        )


def _write_marks(cursor: Cursor, place: Ints, entity: Ints) -> None:
    with cursor.table("marked", pl.DataFrame({"place": place, "entity": entity})):
        cursor.run(
            """create or replace temp table device_marks as
            select s.anonymous_id, s.place, s.moment, k.alias_id as person_id
            from marked m join device_sightings s using (place) join known_identifiers k on k.node = m.entity"""
        )


def _write_conflicts(cursor: Cursor, unfollowed: dict[str, list[Pairs]], crowded_places: Ints) -> None:
    rows = [
        pl.DataFrame({"node": pairs[:, 0], "other": pairs[:, 1]}).with_columns(reason=pl.lit(reason))
        for reason, found in unfollowed.items()
        for pairs in found
    ]
    with (
        cursor.table("unfollowed", pl.concat(rows)),
        cursor.table("crowded", pl.DataFrame({"place": crowded_places})),
    ):
        cursor.run(
            """create or replace temp table conflicts as
            select distinct u.reason, k.kind, k.value, o.kind as other_kind, o.value as other_value
            from unfollowed u join known_identifiers k using (node) join known_identifiers o on o.node = u.other
            union all
            select reason, kind, value, null, null from quarantined join known_identifiers using (node)
            union all
            select 'placeholder', 'anonymous_id', anonymous_id, null, null from placeholder_devices
            union all
            select distinct 'too_many_people', 'anonymous_id', anonymous_id, null, null
            from crowded join device_sightings using (place)
            union all
            select distinct 'split', left_kind, left_value, null, null from identity_decisions
            where decision = 'split' and undone_at is null and profile_id = (select profile_id from profile)"""
        )


_KINDS = ("email", *_WEAK)


def _numbers(frame: pl.DataFrame, column: str) -> Ints:
    """Node numbers; an absent one is ``NOBODY``, which as an index is the last."""
    return frame[column].cast(pl.Int64).fill_null(NOBODY).to_numpy()


def _and_absent(flags: Flags) -> Flags:
    """The flags with one more, unset, for the absent identifier."""
    return np.append(flags, np.zeros(1, dtype=bool))


def _flags(size: int, numbers: Ints) -> Flags:
    flags = np.zeros(size, dtype=bool)
    flags[numbers] = True
    return flags


def _both(one: Ints, other: Ints) -> Pairs:
    """Pairs of two columns where neither is ``NOBODY``."""
    keep = (one != NOBODY) & (other != NOBODY)
    return np.column_stack((one[keep], other[keep]))

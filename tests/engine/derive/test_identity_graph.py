"""The graph of identity resolution (I2) against a slow reference that follows the rule word by word."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.derive.identity_graph import NOBODY, components, distinct, no_pairs, resolve

NODES = 7
ANCHORS = (20, 21, 22)

node = st.integers(0, NODES - 1)
ties_of = st.lists(st.tuples(node, st.sampled_from(ANCHORS)), max_size=6)
links_of = st.lists(st.tuples(node, node), max_size=12)
examples = settings(max_examples=400, deadline=None)


def pairs(found):
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 2) if found else no_pairs()


def solve(ties, links, nodes=NODES):
    return resolve(nodes, pairs(ties), pairs(links))


def as_set(found):
    return {tuple(row) for row in found.tolist()}


def reference(ties, links):
    """(anchor by node, group by node, torn, loose, cut), by trying out every chain."""
    tied = {n: {anchor for m, anchor in ties if m == n} for n in range(NODES)}
    torn = {n for n in tied if len(tied[n]) > 1}
    anchor = {n: min(tied[n]) for n in tied if len(tied[n]) == 1}
    edges = {tuple(sorted(link)) for link in links if link[0] != link[1]}
    loose = {link for link in edges if torn & set(link)}
    edges -= loose
    cut = set()

    def walk(n, home, visited, walked):
        """Follow links from a node of one email through nodes of none, until a node of some email."""
        for edge in edges:
            if n not in edge:
                continue
            other = edge[0] if edge[1] == n else edge[1]
            if other in visited:
                continue
            if other in anchor:
                if anchor[other] != home:
                    cut.update({*walked, edge})
                continue
            walk(other, home, visited | {other}, (*walked, edge))

    for start, home in anchor.items():
        walk(start, home, {start}, ())
    kept = edges - cut
    group = {n: {n} for n in range(NODES)}
    for _ in range(NODES):
        for left, right in kept:
            both = group[left] | group[right]
            for member in both:
                group[member] = both
    of_group = {n: next((anchor[m] for m in sorted(group[n]) if m in anchor), NOBODY) for n in group}
    return (
        [of_group[n] for n in range(NODES)],
        [min(group[n]) for n in range(NODES)],
        {(n, a) for n in torn for a in tied[n]},
        loose,
        cut,
    )


@examples
@given(ties_of, links_of)
def test_i2_agrees_with_trying_out_every_chain(ties, links):
    anchor, group, torn, loose, cut = reference(ties, links)
    found = solve(ties, links)
    assert found.anchor.tolist() == anchor
    assert found.group.tolist() == group
    assert as_set(found.torn) == torn
    assert {tuple(sorted(link)) for link in as_set(found.loose)} == loose
    assert as_set(found.cut) == cut


@examples
@given(ties_of, links_of, st.permutations(range(NODES)), st.randoms())
def test_i4_numbers_and_order_do_not_matter(ties, links, renamed, random):
    """Other numbers, another order, duplicates and turned-round links: the same people."""
    other_ties = [(renamed[n], anchor) for n, anchor in ties] * 2
    other_links = [(renamed[b], renamed[a]) for a, b in links] + [(renamed[a], renamed[b]) for a, b in links]
    random.shuffle(other_ties)
    random.shuffle(other_links)
    found = solve(ties, links)
    other = resolve(NODES, np.array(other_ties, dtype=np.int64).reshape(-1, 2), np.array(other_links).reshape(-1, 2))
    for n, m in combinations(range(NODES), 2):
        assert (found.entities()[n] == found.entities()[m]) == (
            other.entities()[renamed[n]] == other.entities()[renamed[m]]
        )
    assert [other.anchor[renamed[n]] for n in range(NODES)] == found.anchor.tolist()
    assert as_set(other.torn) == {(renamed[n], anchor) for n, anchor in as_set(found.torn)}
    assert as_set(other.cut) == {tuple(sorted((renamed[a], renamed[b]))) for a, b in as_set(found.cut)}


@examples
@given(ties_of, links_of)
def test_i2_no_group_reaches_two_anchors(ties, links):
    found = solve(ties, links)
    for group in set(found.group.tolist()):
        assert len(set(found.anchor[found.group == group].tolist())) == 1
    torn = set(found.torn[:, 0].tolist())
    assert all(found.anchor[n] == NOBODY and (found.group == n).sum() == 1 for n in torn)


@pytest.mark.parametrize(
    ("case", "ties", "links", "anchor", "cut"),
    [
        ("one tie", {(0, 20)}, set(), {0: 20}, set()),
        ("a link carries the anchor on", {(0, 20)}, {(0, 1), (1, 2)}, {0: 20, 1: 20, 2: 20}, set()),
        ("two anchors: joins neither", {(0, 20), (0, 21)}, {(0, 1)}, {}, set()),
        ("a chain between two anchors", {(0, 20), (2, 21)}, {(0, 1), (1, 2)}, {0: 20, 2: 21}, {(0, 1), (1, 2)}),
        ("a direct link between two anchors", {(0, 20), (1, 21)}, {(0, 1)}, {0: 20, 1: 21}, {(0, 1)}),
        (
            "what hangs off a chain stays with its side",
            {(0, 20), (1, 21)},
            {(0, 1), (0, 2), (1, 3), (3, 4)},
            {0: 20, 2: 20, 1: 21, 3: 21, 4: 21},
            {(0, 1)},
        ),
        (
            "also when it is seen together thrice",
            {(0, 20), (1, 21)},
            {(0, 1), (0, 2), (2, 3), (0, 3)},
            {0: 20, 2: 20, 3: 20, 1: 21},
            {(0, 1)},
        ),
        ("both ends at one anchor", {(0, 20), (2, 20)}, {(0, 1), (1, 2)}, {0: 20, 1: 20, 2: 20}, set()),
        (
            "both ends at one anchor, and a chain to another",
            {(0, 20), (2, 20), (3, 21)},
            {(0, 2), (2, 3)},
            {0: 20, 2: 20, 3: 21},
            {(2, 3)},
        ),
        ("a ring without an anchor", set(), {(0, 1), (1, 2), (0, 2)}, {}, set()),
        (
            "a ring between two anchors",
            {(0, 20), (2, 21)},
            {(0, 1), (1, 2), (2, 3), (0, 3)},
            {0: 20, 2: 21},
            {(0, 1), (1, 2), (2, 3), (0, 3)},
        ),
    ],
)
def test_i2_by_hand(case, ties, links, anchor, cut):
    found = solve(ties, links)
    assert {n: int(a) for n, a in enumerate(found.anchor) if a != NOBODY} == anchor
    assert as_set(found.cut) == cut


def test_groups_are_known_by_their_smallest_node():
    assert components(6, pairs({(5, 3), (3, 1)})).tolist() == [0, 1, 2, 1, 4, 1]
    assert components(0, no_pairs()).tolist() == []


def test_a_pair_told_often_is_one_pair():
    assert distinct(np.array([[2, 1], [0, 5], [2, 1]])).tolist() == [[0, 5], [2, 1]]
    assert components(2, np.array([[0, 1]] * 1000)).tolist() == [0, 0]


def test_a_long_chain_is_no_trouble():
    """Deeper than any recursion would go."""
    size = 20_000
    chain = np.column_stack((np.arange(size - 1), np.arange(1, size)))
    found = resolve(size, np.array([[0, 7], [size - 1, 8]]), chain)
    assert len(found.cut) == size - 1
    assert found.anchor[0] == 7
    assert found.anchor[size // 2] == NOBODY

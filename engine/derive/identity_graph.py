"""Who is one person: the graph part of identity resolution (I2), free of any storage.

Emails are anchors: two of them are never joined by what was observed. Weak identifiers (phone, user and provider ids)
are nodes that join an anchor they are tied to, or each other. The result depends on the set of ties and links only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Pairs = np.ndarray[tuple[int, int], np.dtype[np.int64]]

NOBODY = -1


@dataclass(frozen=True)
class Resolution:
    """Which entity each weak node belongs to.

    Attributes:
        anchor: for each node the anchor it joined, or ``NOBODY``.
        group: for each node the smallest node of its group, among those without an anchor; itself when alone.
        torn: (node, anchor) ties not followed, because the node is tied to several anchors.
        cut: (node, node) links not followed, because their chain would bring two anchors together.
    """

    anchor: Ints
    group: Ints
    torn: Pairs
    cut: Pairs


def resolve(nodes: int, ties: Pairs, links: Pairs) -> Resolution:
    """Join weak nodes to anchors and to each other.

    Args:
        nodes: how many weak nodes there are, 0..nodes-1.
        ties: (node, anchor) pairs; anchors are any non-negative numbers of their own.
        links: (node, node) pairs of weak nodes seen together where no anchor was.
    """
    ties = _distinct(ties)
    own, anchors_of = np.unique(ties[:, 0], return_counts=True)
    torn_nodes = own[anchors_of > 1]
    is_torn = np.zeros(nodes, dtype=bool)
    is_torn[torn_nodes] = True
    anchor = np.full(nodes, NOBODY, dtype=np.int64)
    single = ties[~is_torn[ties[:, 0]]]
    anchor[single[:, 0]] = single[:, 1]

    links = _distinct(np.sort(links, axis=1))
    links = links[links[:, 0] != links[:, 1]]
    links = links[~(is_torn[links[:, 0]] | is_torn[links[:, 1]])]
    component = components(nodes, links)
    anchored = np.flatnonzero(anchor != NOBODY)
    pairs = _distinct(np.column_stack((component[anchored], anchor[anchored])))
    ids, counts = np.unique(pairs[:, 0], return_counts=True)
    bad = np.isin(component[links[:, 0]], ids[counts > 1])
    cut = _between_anchors(links[bad], anchor)
    if len(cut):
        links = _without(links, cut)
        component = components(nodes, links)
        anchored = np.flatnonzero(anchor != NOBODY)
        pairs = _distinct(np.column_stack((component[anchored], anchor[anchored])))
    of_component = np.full(nodes, NOBODY, dtype=np.int64)
    of_component[pairs[:, 0]] = pairs[:, 1]
    return Resolution(of_component[component], component, ties[is_torn[ties[:, 0]]], cut)


def components(nodes: int, links: Pairs) -> Ints:
    """For each node the smallest node of its connected component."""
    if nodes == 0:
        return np.empty(0, dtype=np.int64)
    matrix = coo_array((np.ones(len(links), dtype=np.int8), (links[:, 0], links[:, 1])), shape=(nodes, nodes))
    _, labels = connected_components(matrix, directed=False)
    labels = np.asarray(labels, dtype=np.int64)
    smallest = np.full(int(labels.max()) + 1, nodes, dtype=np.int64)
    np.minimum.at(smallest, labels, np.arange(nodes, dtype=np.int64))
    return smallest[labels]


def _between_anchors(links: Pairs, anchor: Ints) -> Pairs:
    """Of the links in components with several anchors, those that lie between anchored nodes.

    A branch that hangs off the chain brings nobody together: unanchored ends are taken away, again and again, and
    their links stay.
    """
    chain = links
    while len(chain):
        node, degree = np.unique(chain, return_counts=True)
        ends = node[(degree == 1) & (anchor[node] == NOBODY)]
        if not len(ends):
            break
        chain = chain[~(np.isin(chain[:, 0], ends) | np.isin(chain[:, 1], ends))]
    return chain


def _without(links: Pairs, cut: Pairs) -> Pairs:
    size = int(links.max()) + 1
    return links[~np.isin(links[:, 0] * size + links[:, 1], cut[:, 0] * size + cut[:, 1])]


def _distinct(pairs: Pairs) -> Pairs:
    return np.unique(pairs.reshape(-1, 2).astype(np.int64), axis=0)


def no_pairs() -> Pairs:
    """An empty list of pairs."""
    return np.empty((0, 2), dtype=np.int64)

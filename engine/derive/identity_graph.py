"""Who is one person: the graph part of identity resolution (I2), free of any storage.

Emails are anchors: two of them are never joined by what was observed. Weak identifiers (phone, user and provider ids)
are nodes: a *tie* is a node seen with an anchor, a *link* two nodes seen together where no anchor was. The result
depends on the set of ties and links only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from scipy.sparse import coo_array, csgraph

if TYPE_CHECKING:
    from collections.abc import Callable

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
Pairs = np.ndarray[tuple[int, int], np.dtype[np.int64]]

NOBODY = -1


@dataclass(frozen=True)
class Resolution:
    """Which entity each weak node belongs to, and what was not followed.

    Attributes:
        anchor: for each node the anchor it joined, or ``NOBODY``.
        group: for each node the smallest node of its group of linked nodes; itself when alone.
        torn: (node, anchor) ties not followed, because the node is tied to several anchors.
        loose: (torn node, node) links not followed, because one end is torn.
        cut: (node, node) links not followed, because their chain would bring two anchors together.
    """

    anchor: Ints
    group: Ints
    torn: Pairs
    loose: Pairs
    cut: Pairs

    def entities(self) -> Ints:
        """One number a node: its anchor's, else its group's."""
        return np.where(self.anchor != NOBODY, self.anchor, self.group)


def resolve(nodes: int, ties: Pairs, links: Pairs) -> Resolution:
    """Join weak nodes to anchors and to each other.

    A node tied to two anchors joins neither, and nothing through it. A chain of links between nodes of two anchors is
    cut in all its links; what hangs off such a chain stays with the node it hangs on.

    Args:
        nodes: how many weak nodes there are, 0..nodes-1.
        ties: (node, anchor) pairs; anchors are any non-negative numbers of their own.
        links: (node, node) pairs.
    """
    ties = distinct(ties)
    own, anchors_of = np.unique(ties[:, 0], return_counts=True)
    is_torn = np.zeros(nodes, dtype=bool)
    is_torn[own[anchors_of > 1]] = True
    anchor = np.full(nodes, NOBODY, dtype=np.int64)
    single = ties[~is_torn[ties[:, 0]]]
    anchor[single[:, 0]] = single[:, 1]

    links = distinct(np.sort(links, axis=1))
    links = links[links[:, 0] != links[:, 1]]
    is_loose = is_torn[links[:, 0]] | is_torn[links[:, 1]]
    loose, links = links[is_loose], links[~is_loose]
    loose = np.where(is_torn[loose[:, :1]], loose, loose[:, ::-1])  # the torn end first

    is_cut = _on_chains(links, anchor, components(nodes, links))
    group = components(nodes, links[~is_cut])
    anchored = np.flatnonzero(anchor != NOBODY)
    anchor_of_group = np.full(nodes, NOBODY, dtype=np.int64)
    anchor_of_group[group[anchored]] = anchor[anchored]
    return Resolution(anchor_of_group[group], group, ties[is_torn[ties[:, 0]]], loose, links[is_cut])


def components(nodes: int, links: Pairs) -> Ints:
    """For each node the smallest node of its connected component."""
    smallest = np.arange(nodes, dtype=np.int64)
    if len(links):
        linked, ends = np.unique(links, return_inverse=True)
        labels = _labels(len(linked), ends.reshape(-1, 2))
        least = np.full(len(linked), nodes, dtype=np.int64)
        np.minimum.at(least, labels, linked)
        smallest[linked] = least[labels]
    return smallest


def distinct(pairs: Pairs) -> Pairs:
    """The different pairs of non-negative numbers, in order."""
    if not len(pairs):
        return no_pairs()
    size = int(pairs[:, 1].max()) + 1
    keys = np.sort(pairs[:, 0].astype(np.int64) * size + pairs[:, 1])  # np.unique hashes, which is far slower
    keys = keys[np.append(np.ones(1, dtype=bool), keys[1:] != keys[:-1])]
    return np.column_stack((keys // size, keys % size))


def no_pairs() -> Pairs:
    """An empty list of pairs."""
    return np.empty((0, 2), dtype=np.int64)


def _labels(nodes: int, links: Pairs) -> Ints:
    """A number from 0 for each node, the same for the nodes of one connected component."""
    find = cast("Callable[..., tuple[int, Ints]]", csgraph.connected_components)
    matrix = coo_array((np.ones(len(links), dtype=np.int32), (links[:, 0], links[:, 1])), shape=(nodes, nodes))
    return find(matrix, directed=False)[1].astype(np.int64)


def _on_chains(links: Pairs, anchor: Ints, component: Ints) -> Flags:
    """Which links lie on a chain (a simple path) from one anchor to another.

    Only components that hold several anchors need a look. There, all nodes of an anchor are one vertex, and one more
    vertex, the root, is joined to every anchor: a link is on a chain exactly when it shares a cycle with the root.
    """
    result = np.zeros(len(links), dtype=bool)
    anchored = np.flatnonzero(anchor != NOBODY)
    held = distinct(np.column_stack((component[anchored], anchor[anchored])))
    holders, counts = np.unique(held[:, 0], return_counts=True)
    nodes = len(anchor)
    vertex = np.where(anchor != NOBODY, nodes + anchor, np.arange(nodes, dtype=np.int64))
    ends = np.sort(vertex[links], axis=1)
    looked_at = np.flatnonzero(np.isin(component[links[:, 0]], holders[counts > 1]) & (ends[:, 0] != ends[:, 1]))
    if not len(looked_at):
        return result
    named, compact = np.unique(ends[looked_at], return_inverse=True)
    compact = compact.reshape(-1, 2)
    size = len(named)
    edges, edge_of = np.unique(compact[:, 0] * size + compact[:, 1], return_inverse=True)
    spokes = np.flatnonzero(named >= nodes)
    joined = np.column_stack((edges // size, edges % size))
    joined = np.concatenate((joined, np.column_stack((np.full(len(spokes), size), spokes))))
    result[looked_at] = _in_cycle_with(size, joined, size + 1)[edge_of]
    return result


def _in_cycle_with(root: int, edges: Pairs, vertices: int) -> Flags:
    """Which edges share a simple cycle with ``root``, from which every vertex can be reached.

    Depth first, noting how near to the root each subtree reaches back. A subtree that reaches back no further than the
    vertex it hangs on, the root excepted, hangs there by that vertex alone: its edges are taken off the stack.
    """
    neighbours: list[list[tuple[int, int]]] = [[] for _ in range(vertices)]
    for number, (left, right) in enumerate(edges.tolist()):
        neighbours[left].append((right, number))
        neighbours[right].append((left, number))
    depth = [NOBODY] * vertices
    reach = [0] * vertices
    depth[root] = 0
    taken: list[int] = []  # edges not known to hang
    path = [(root, NOBODY, 0, iter(neighbours[root]))]
    while path:
        vertex, came_by, mark, rest = path[-1]
        for other, number in rest:
            if number == came_by or depth[other] > depth[vertex]:
                continue
            if depth[other] == NOBODY:
                depth[other] = reach[other] = depth[vertex] + 1
                path.append((other, number, len(taken), iter(neighbours[other])))
                taken.append(number)
                break
            taken.append(number)
            reach[vertex] = min(reach[vertex], depth[other])
        else:
            path.pop()
            if path:
                parent = path[-1][0]
                reach[parent] = min(reach[parent], reach[vertex])
                if parent != root and reach[vertex] >= depth[parent]:
                    del taken[mark:]
    result = np.zeros(len(edges), dtype=bool)
    result[taken] = True
    return result

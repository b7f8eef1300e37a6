"""A payment that a shop and its processor both tell of is one; one only the shop tells of counts (G2, T3), by hand."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

Row = dict[str, Any]


def paid(key: str, day: int, amount: int = 50, source: str = "stripe", **fields: Any) -> Row:
    return {
        "conversion_id": key,
        "time": f"2026-05-{day:02}T12:00:00Z",
        "event_type": "payment_received",
        "value_amount": amount,
        "currency": "USD",
        "source": source,
        "as_of": "2026-06-01T00:00:00Z",
        **fields,
    }


def shop(key: str, day: int, amount: int = 50, **fields: Any) -> Row:
    return paid(key, day, amount, "shopify", payment_id=key, gateway="stripe", **fields)


def back(key: str, day: int, amount: int, of: str, source: str = "stripe", **fields: Any) -> Row:
    return paid(key, day, amount, source, event_type="refund", refund_of=of, **fields)


STRIPE = [
    paid("ch_1", 1, payment_id="pi_1"),  # its charge and its intent
    paid("pi_1", 1, payment_id="pi_1"),
    paid("ch_2", 10, 60, payment_id="pi_2", order_id="1002"),
    paid("ch_3", 11, 70),  # of a list without payment ids
    paid("ch_9", 6, 17, payment_id="pi_9", order_id="c18.1"),  # in another currency, say
    back("re_1", 12, 20, "pi_1"),
    back("re_2", 12, 20, "pi_1"),
]
SHOP = [
    shop("t1", 1, gateway_payment_id="ch_1", order_id="1001"),
    shop("t2", 10, 60, order_id="1002"),  # by its order and amount
    shop("t3", 11, 70, gateway_payment_id="ch_3", order_id="1003"),
    shop("t4", 5, 11, gateway_payment_id="pi_of_another_account", order_id="1004"),
    shop("t5", 5, 12, order_id="1005"),  # of that time, by no id: among Stripe's
    shop("t6", 5, 13, gateway_payment_id="c17.1", order_id="1006"),  # a reference may be anybody's
    shop("t9", 6, 16, gateway_payment_id="c18.1", order_id="1009"),  # one that Stripe's payment carries
    shop("t7", 30, 14, order_id="1007"),  # long after the last that Stripe told
    paid("t8", 5, 15, "shopify", payment_id="t8", order_id="1008"),  # not by Stripe at all
    back("b1", 12, 20, "t1", "shopify", gateway="stripe"),
    back("b2", 12, 20, "t1", "shopify", gateway="stripe"),
    back("b3", 12, 5, "t1", "shopify", gateway="stripe"),  # Stripe tells nothing of this one
    back("b5", 12, 12, "t5", "shopify", gateway="stripe"),  # of a payment that is left out
    back("b7", 30, 4, "t7", "shopify", gateway="stripe"),
]
ORDERS = [
    paid(f"order {number}", 1, 50, "shopify", event_type="order_placed", order_id=str(number))
    for number in range(1001, 1010)
]


def cash(lab: Lab) -> list[tuple[Any, ...]]:
    return lab.rebuild().rows(
        """select entry, coalesce(c.source_id, '-'), x.amount::integer from cash x
           left join conversions c using (conversion_id) order by all"""
    )


def test_g2_a_payment_of_shop_and_processor_is_one(lab: Lab) -> None:
    """G2, T3: by id, by order and amount, by time; the processor's own record stands for it."""
    lab.conversions(*STRIPE, *SHOP, *ORDERS)
    assert cash(lab) == [
        *(("payment", "ch_1", 50), ("payment", "ch_2", 60), ("payment", "ch_3", 70), ("payment", "ch_9", 17)),
        *(("payment", "t4", 11), ("payment", "t7", 14), ("payment", "t8", 15)),
        *(("refund", "ch_1", -20), ("refund", "ch_1", -20), ("refund", "ch_1", -5), ("refund", "t7", -4)),
    ]
    assert lab.rows("select source_id, records from conversions where goal = 'payment_received' order by 1") == [
        *(("ch_1", 3), ("ch_2", 2), ("ch_3", 2), ("ch_9", 2), ("t4", 1), ("t7", 1), ("t8", 1)),
    ]
    # linked orders count through their payment; that of a payment left out counts itself
    unlinked = "select order_id from conversions where goal = 'order_placed' and counts_as_outcome order by 1"
    assert lab.rows(unlinked) == [("1005",), ("1006",)]


def test_g2_without_the_processor_the_shops_word_counts(lab: Lab) -> None:
    """G2: nobody else tells of them; when the processor's records are taken back they count again."""
    lab.conversions(*SHOP, *ORDERS)
    alone = cash(lab)
    assert [amount for entry, _, amount in alone if entry == "payment"] == [50, 60, 70, 11, 12, 13, 14, 15, 16]
    assert sum(amount for entry, _, amount in alone if entry == "refund") == -20 - 20 - 5 - 12 - 4
    assert lab.value("select count(*) from conversions where goal = 'order_placed' and counts_as_outcome") == 0
    brought = lab.conversions(*STRIPE)
    assert cash(lab) != alone
    lab.workspace.undo_import(brought.import_id)
    assert cash(lab) == alone


def test_g2_which_one_is_connected_first_does_not_matter(make_lab: Callable[..., Lab]) -> None:
    """G2, E7: in any order, in several imports."""
    rows = [*STRIPE, *SHOP, *ORDERS]

    def derived(order: list[Row]) -> list[list[tuple[Any, ...]]]:
        lab = make_lab()
        for begin, end in pairwise([0, 7, 15, len(order)]):
            lab.conversions(*order[begin:end])
        lab.rebuild()
        return [lab.rows(f"select * from {table} order by all") for table in ("conversions", "cash")]

    assert derived(rows) == derived(Random(5).sample(rows, len(rows)))

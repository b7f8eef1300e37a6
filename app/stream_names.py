"""What a connection's streams are called: in the log of its runs, and while they are fetched."""

from __future__ import annotations

STREAMS = {
    "login": "Login",
    "events": "Events",
    "payments": "Payments, refunds and chargebacks",
    "orders": "Orders, payments, refunds",
    "customers": "Customers",
    "customer": "Customers",
    "charge": "Charges",
    "payment_intent": "Payment intents",
    "checkout.session": "Checkout sessions",
    "refund": "Refunds",
    "dispute": "Disputes",
    "contacts": "Contacts and leads",
    "opportunities": "Opportunities and stages",
    "appointments": "Appointments",
    "ads": "Campaigns, ad sets, ads",
    "entities": "Campaigns, ad sets, ads",
    "insights": "Spend by day",
    "spend": "Spend by day",
    "clicks": "Clicks on ads",
    "keywords": "Searches by day",
    "campaign": "Campaigns",
    "line_item": "Ad groups",
    "promoted_tweet": "Ads",
    "web_event_tag": "Web event tags",
    "ecb": "Exchange rates",
    "frankfurter": "Exchange rates",
}
"""By the kind of stream: its key up to the account."""

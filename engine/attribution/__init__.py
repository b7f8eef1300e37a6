"""Attribution models: who gets the credit for a conversion (DOMAIN A4)."""

"""Every number of the product: a query value, checked, becomes SQL with bound parameters and a typed result."""

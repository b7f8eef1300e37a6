"""Parts of the window that know shapes of data, not where data comes from."""

"""A week of appointments as a grid, and the same as a list."""

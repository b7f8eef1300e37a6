"""Speed and memory, printed as ratios against bare DuckDB in the same run. Nothing here asserts a time."""

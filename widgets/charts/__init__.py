"""Charts: the large ones over time lie on pyqtgraph, the small ones are painted."""

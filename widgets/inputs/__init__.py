"""Controls of the window: pickers, filters, segments, the command palette, toasts and the ring of the focus."""

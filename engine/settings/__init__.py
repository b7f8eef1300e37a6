"""What the Settings page stands on: previews of changes, the change log with undo, outcomes, rates, own models."""

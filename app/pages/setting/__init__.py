"""The sections of the Settings page, each a widget that shows settings and says which of them the user edited."""

"""An editor for SQL: colours, completion, the place of a mistake."""

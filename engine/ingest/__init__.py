"""From files to raw tables: reading, checking, and adding each fact once."""

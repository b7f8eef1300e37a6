"""The tables of a workspace file and how they came to be: numbered migrations, each applied once."""

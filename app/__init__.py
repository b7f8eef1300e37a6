"""The program: command line and, around the engine, the desktop."""

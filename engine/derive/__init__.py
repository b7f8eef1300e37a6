"""From raw records to trustworthy facts: visits, people, conversions, touches, paths. Rebuilt whole, never patched."""

"""Files that want something, what carries them, the doors they are handed in at (docs/hostile.md).

`ATTACKS` (pointing, heavy, packed, stored, refused formats) × `carriers` × `doors`; `judging` says what must never
happen. `python -m tests.intake.hostile.run` tries all of it and counts.
"""

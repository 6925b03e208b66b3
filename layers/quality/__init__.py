"""Quality of a layer version: what its steward should know before it is released (docs/quality.md).

examine.py      the use case: a snapshot and its rules → a report
rules.py        what is looked for, how severe it is and what it stands on: data (rules.toml)
sweep.py tiles.py pieces.py    overlaps, gaps, what reaches beyond the coverage: exact, tile by tile
shapes.py attributes.py        what one feature shows by itself
tally.py        counts everything, keeps the worst
html.py xlsx.py gpkg.py        the report to look at, to sort, to lay under a map
standing.py     what was found and accepted, in the audit log: the gate before a release
"""

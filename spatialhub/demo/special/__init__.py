"""The special plans of the demo city: every layer of the catalogue beyond lines, floors, plans and survey."""

"""Mutants of files by seed, given to the contained readers, to imports and to a live server: `make soak`."""

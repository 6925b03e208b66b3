"""Five hundred checks whose results are stored: another engine must give the same answers (check.md §4, §8).

`cases` describes each case by its number alone, `lab` runs it, `condense` says what is kept of a result, `compare`
what may differ. `python -m tests.corpus.record` writes the results anew: only with an engine that is known to be right,
after the one before it agreed (`python -m tests.corpus.record --compare`).

Nothing here may change without recording anew, so the shapes are the corpus's own and every case carries a digest of
its inputs: a changed generator, demo city or catalogue is told apart from a wrong result.
"""

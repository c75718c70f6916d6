"""The evidence pack: what a model is, what was measured of it and what became of it, for those who check it.

A zip of pages and tables, ordered by annex IV of the AI Act and by SR 26-2. Each line names its source: a file and
field of the bundle, the decision log, MLflow, a setting, a page of the documentation, or a statement of the bank. What
there is no source for is listed as missing. The same sources give the same bytes; no row of a client is in it.
"""

"""A model taken along: its trees as SQL, and an additive model as a scorecard that a person can read."""

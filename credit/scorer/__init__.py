"""The name that bundles of before version 0.2 know `credit.model` by, in their MLmodel: kept so that they load."""

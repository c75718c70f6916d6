"""Credit scoring for consumer loans: tables become features, features a probability, a probability a decision."""

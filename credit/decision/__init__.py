"""From a probability to a decision: what errors cost, the threshold, points, who is referred, whole portfolios."""

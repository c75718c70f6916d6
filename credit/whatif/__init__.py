"""What if: a client with something changed, and the smallest change that leads to acceptance.

A model answers any question that it is asked, also whether a client would be accepted if she were younger. So what can
be changed is said first (`credit.whatif.levers`), what is made from it moves along (`credit.features.derived`), and
only changes that cost something and bind are proposed (`credit.whatif.proposals`), the smallest of them
(`credit.whatif.search`). The proposals are answers of the model and no promise: what goes together with repaying need
not cause it.
"""

from credit.features.derived import Derived
from credit.whatif.levers import Lever, Levers, Locked, levers
from credit.whatif.loan_terms import broken
from credit.whatif.search import SmallestChange, changed, smallest

__all__ = ["Derived", "Lever", "Levers", "Locked", "SmallestChange", "broken", "changed", "levers", "smallest"]

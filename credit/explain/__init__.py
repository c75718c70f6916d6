"""Why a client got this probability: exact contributions of the features, and the reasons in words.

The contributions are Shapley values (S. Lundberg and others, From local explanations to global understanding with
explainable AI for trees, 2020), which LightGBM works out exactly by itself. The reasons follow the practice of
adverse-action notices: the few principal reasons, specific and understandable (US Regulation B, 12 CFR 1002.9(b)(2);
the European Union asks in Directive 2023/2225, article 18, for a clear explanation of an automated assessment).

Protected attributes - gender, age, family status, and what would tell of religion or health - are never offered as
reasons, nor is any feature made from them. That hides nothing: where the model reads such a feature, its contribution
stands among the others, marked as protected. Serving can import this package: it needs NumPy and LightGBM alone.
"""

from credit.explain.explainer import Contributions, Explainer, Importance, NotExplainable
from credit.explain.explanation import Contribution, Explanation
from credit.explain.reasons import LANGUAGES, NOTE, PROTECTED, Reason, group_of

__all__ = [
    "LANGUAGES",
    "NOTE",
    "PROTECTED",
    "Contribution",
    "Contributions",
    "Explainer",
    "Explanation",
    "Importance",
    "NotExplainable",
    "Reason",
    "group_of",
]

"""How much the history quantities say about default, and how much the terms of the truth weigh.

The AUCs are those of the same quantities in the real histories where these are known, and otherwise chosen so that
the ladder of AUCs (application, all columns, recency windows, truth) is the real one.
"""

#: First word of a history quantity's name -> the column ``has_...`` that says whether the client has that history.
GROUPS = {
    "bureau": "bureau",
    "balance": "balances",
    "previous": "previous",
    "pos": "pos",
    "instalment": "instalments",
    "card": "card",
}

#: Default rate of the clients who lack a history.
GROUP_RATES: dict[str, float] = {"has_bureau": 0.101, "has_previous": 0.060, "has_card": 0.0775}

#: History quantity -> AUC against default (above 0.5: higher is riskier).
STRENGTHS: dict[str, float] = {
    "bureau_days_credit_mean": 0.623,
    "bureau_opened_365": 0.593,
    "bureau_active_share": 0.602,
    "bureau_debt_over_credit": 0.606,
    "bureau_recent_debt_over_credit": 0.601,
    "bureau_update_mean": 0.606,
    "bureau_debt_mean": 0.571,
    "bureau_card_share": 0.54,
    "bureau_consumer_share": 0.465,
    "balance_rows": 0.444,
    "balance_late_share": 0.559,
    "balance_late_12": 0.557,
    "balance_current_share": 0.551,
    "balance_closed_share": 0.433,
    "previous_approved_share": 0.423,
    "previous_refused_share": 0.567,
    "previous_refused_share_365": 0.567,
    "previous_days_mean": 0.559,
    "previous_down_rate_mean": 0.444,
    "previous_walk_in_share": 0.545,
    "previous_asked_over_granted": 0.455,
    "pos_rows": 0.444,
    "instalment_late_share": 0.565,
    "instalment_late_share_90": 0.573,
    "instalment_late_share_180": 0.578,
    "instalment_late_trend_365": 0.549,
    "card_rows": 0.43,
    "card_atm_drawings_mean": 0.61,
    "card_utilisation_6": 0.653,
    "card_utilisation_3": 0.661,
    "card_utilisation_trend": 0.571,
    "card_drawings_mean_6": 0.642,
    "card_drawings_mean": 0.647,
    "card_balance_mean": 0.626,
    "card_amount_drawn_mean": 0.631,
}

#: Term of the truth -> its weight in the log odds.
TERM_WEIGHTS: dict[str, float] = {
    "all_scores_low": 0.4,
    "scores_agree": 0.25,
    "young_and_new": 0.35,
    "insured": 0.05,
    "strained": 0.15,
    "middle_term": 0.35,
}

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
    "bureau_days_credit_mean": 0.634,
    "bureau_opened_365": 0.598,
    "bureau_active_share": 0.608,
    "bureau_debt_over_credit": 0.612,
    "bureau_recent_debt_over_credit": 0.607,
    "bureau_update_mean": 0.612,
    "bureau_debt_mean": 0.58,
    "bureau_card_share": 0.543,
    "bureau_consumer_share": 0.463,
    "balance_rows": 0.441,
    "balance_late_share": 0.565,
    "balance_late_12": 0.56,
    "balance_current_share": 0.554,
    "balance_closed_share": 0.430,
    "previous_approved_share": 0.414,
    "previous_refused_share": 0.575,
    "previous_refused_share_365": 0.57,
    "previous_days_mean": 0.562,
    "previous_down_rate_mean": 0.441,
    "previous_walk_in_share": 0.548,
    "previous_asked_over_granted": 0.452,
    "pos_rows": 0.441,
    "pos_late_share": 0.535,
    "instalment_late_share": 0.58,
    "instalment_delay_mean": 0.57,
    "instalment_late_share_90": 0.588,
    "instalment_late_share_180": 0.593,
    "instalment_late_trend_365": 0.562,
    "card_rows": 0.436,
    "card_atm_drawings_mean": 0.604,
    "card_utilisation_6": 0.662,
    "card_utilisation_3": 0.67,
    "card_utilisation_trend": 0.58,
    "card_drawings_mean_6": 0.65,
    "card_drawings_mean": 0.655,
    "card_balance_mean": 0.634,
    "card_amount_drawn_mean": 0.639,
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

"""How much the history quantities say about default, and how much the terms of the truth weigh.

The AUCs are those of the same quantities in the real histories where these are known, and otherwise chosen so that
the ladder of AUCs (application, all columns, recency windows, truth) is the real one. Chosen are those of instalments,
of the debt on loans of the last year, of refusals in the last year and of the use of cards in the last three months.
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

#: History quantity -> AUC against default (above 0.5: higher is riskier), and its sign: +1 where more of it never
#: lowers the truth, -1 where more never raises it, 0 where sense does not say. A quantity that one change for the worse
#: may move either way (a trend, the share of one status among several) has no place here.
STRENGTHS: dict[str, tuple[float, int]] = {
    "bureau_days_credit_mean": (0.623, 0),
    "bureau_opened_365": (0.593, 0),
    "bureau_closed_share": (0.398, -1),
    "bureau_debt_over_credit": (0.606, +1),
    "bureau_recent_debt_over_credit": (0.625, +1),
    "bureau_update_mean": (0.606, 0),
    "bureau_debt_mean": (0.571, +1),
    "bureau_card_share": (0.54, 0),
    "bureau_consumer_share": (0.465, 0),
    "balance_rows": (0.444, 0),
    "balance_late_share": (0.559, +1),
    "balance_late_12": (0.557, +1),
    "balance_closed_share": (0.433, -1),
    "previous_approved_share": (0.423, -1),
    "previous_refused_share": (0.567, +1),
    "previous_refused_share_365": (0.60, +1),
    "previous_days_mean": (0.559, 0),
    "previous_down_rate_mean": (0.444, -1),
    "previous_walk_in_share": (0.545, 0),
    "previous_asked_over_granted": (0.455, 0),
    "pos_rows": (0.444, 0),
    "instalment_late_share": (0.565, +1),
    "instalment_late_share_90": (0.63, +1),
    "instalment_late_share_180": (0.635, +1),
    "card_rows": (0.43, 0),
    "card_atm_drawings_mean": (0.61, 0),
    "card_utilisation_6": (0.666, +1),
    "card_utilisation_3": (0.69, +1),
    "card_drawings_mean_6": (0.642, 0),
    "card_drawings_mean": (0.647, 0),
    "card_balance_mean": (0.626, +1),
    "card_amount_drawn_mean": (0.631, 0),
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

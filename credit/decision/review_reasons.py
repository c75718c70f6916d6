"""Why a person decided as they did: the reasons that a review may give, by code, in English and French.

A reason is one of this list, so that agreement and overrides can be counted by it; what it leaves out stands in the
review's own words, which ``other`` cannot do without. Codes are kept in the log for ever: add codes, change no meaning.
"""

from dataclasses import dataclass

from credit.decision.review import ACCEPT, REFUSE

#: What a person decides: the loan as applied for, the loan at other terms (12 CFR 1002.2(c), a counteroffer), no loan.
COUNTEROFFER = "counteroffer"
VERDICTS = (ACCEPT, COUNTEROFFER, REFUSE)

#: A client's wish, or a bank's, that a decision is looked at again. It decides nothing.
REOPEN = "reopen"

#: The code that says nothing without words, and the one that says what the score says.
OTHER, AS_SCORED = "other", "as_scored"

#: The one that says what a rule of the bank says.
BANK_RULE = "bank_rule"

#: The one that says that instalments are too high as they were applied for.
NOT_AFFORDABLE = "not_affordable"

#: The one of a refused application that was drawn, see `credit.decision_log.exploration`.
DRAWN = "drawn_at_random"


@dataclass(frozen=True)
class ReviewReason:
    """A reason. ``code``: as the log keeps it. ``of``: the verdicts that it may be given for, or `REOPEN`. ``en``,
    ``fr``: its name.
    """

    code: str
    of: tuple[str, ...]
    en: str
    fr: str

    def text(self, language: str) -> str:
        """The name in ``language``, en or fr."""
        return self.fr if language == "fr" else self.en


REASONS = tuple(
    ReviewReason(*one)
    for one in (
        (AS_SCORED, VERDICTS, "The review confirms the score", "L'examen confirme le score"),
        (
            "income_confirmed",
            (ACCEPT, COUNTEROFFER),
            "Income or employment confirmed by documents",
            "Revenus ou emploi confirmés par des pièces",
        ),
        (
            "income_not_confirmed",
            (COUNTEROFFER, REFUSE),
            "Income or employment could not be confirmed",
            "Revenus ou emploi non confirmés",
        ),
        (
            "arrears_explained",
            (ACCEPT, COUNTEROFFER),
            "Past arrears explained or paid",
            "Incidents de paiement expliqués ou régularisés",
        ),
        (
            "security_offered",
            (ACCEPT, COUNTEROFFER),
            "Security, guarantor or co-applicant offered",
            "Garantie, caution ou co-emprunteur proposé",
        ),
        (
            "known_client",
            (ACCEPT, COUNTEROFFER),
            "Good record with the bank that the data do not show",
            "Bon historique avec la banque, absent des données",
        ),
        (
            "debt_not_in_data",
            (COUNTEROFFER, REFUSE),
            "Debts or obligations that the data do not show",
            "Dettes ou engagements absents des données",
        ),
        (
            NOT_AFFORDABLE,
            (COUNTEROFFER, REFUSE),
            "Instalments not affordable as applied for",
            "Échéances non supportables en l'état",
        ),
        ("data_corrected", VERDICTS, "Wrong data in the application corrected", "Données erronées corrigées"),
        ("documents_missing", (REFUSE,), "Documents missing or contradictory", "Pièces manquantes ou contradictoires"),
        (
            "suspected_fraud",
            (REFUSE,),
            "Suspected fraud or doubtful identity",
            "Soupçon de fraude ou identité douteuse",
        ),
        (BANK_RULE, VERDICTS, "A rule of the bank", "Une règle de la banque"),
        (
            DRAWN,
            (ACCEPT,),
            "Drawn at random, to learn what becomes of refused applications",
            "Tirage au sort, pour apprendre ce que deviennent les demandes refusées",
        ),
        ("client_disagrees", (REOPEN,), "The client contests the decision", "Le client conteste la décision"),
        (
            "human_requested",
            (REOPEN,),
            "The client asks for a decision by a person",
            "Le client demande une décision humaine",
        ),
        (
            "new_information",
            (REOPEN,),
            "The client gives new information",
            "Le client apporte de nouvelles informations",
        ),
        ("data_disputed", (REOPEN,), "The client says that data are wrong", "Le client signale des données erronées"),
        ("correction", (REOPEN,), "A review has to be corrected", "Un examen doit être corrigé"),
        (OTHER, (*VERDICTS, REOPEN), "Another reason, in words", "Un autre motif, à préciser"),
    )
)

BY_CODE = {one.code: one for one in REASONS}


def codes(of: str) -> tuple[str, ...]:
    """The codes that may be given for a verdict or for `REOPEN`, in the order of the list."""
    return tuple(one.code for one in REASONS if of in one.of)

"""What a client reads of the reason for which a person has refused.

The codes of `credit.decision.review_reasons` are named for officers. Three kinds of them can refuse:

- `SENTENCES`: of the code's meaning, with what the client can act on
- `OF_THE_MACHINE`: the person gives the machine's reasons, and so does the letter
- `UNTOLD`: the code says too little to a client, and its words are the officer's own: a person writes

A suspicion of fraud is told as what it is to the client: that something could not be verified. A letter that accuses
says more than is known, may warn whom an investigation looks at, and must not where that was reported (Directive (EU)
2015/849, article 39; 31 USC 5318(g)(2)). That nothing could be verified is true in each case of the code, is a reason
of form C-1 of Regulation B ("Unable to verify ..."), and tells an honest client what to bring.
"""

from credit.decision.review_reasons import AS_SCORED, BANK_RULE

#: Code -> the sentence in English and in French.
SENTENCES = {
    "income_not_confirmed": (
        "Your income or employment could not be confirmed.",
        "Vos revenus ou votre emploi n'ont pas pu être confirmés.",
    ),
    "debt_not_in_data": (
        "You have debts or other obligations beyond those that our data show.",
        "Vous avez des dettes ou d'autres engagements en plus de ceux que montrent nos données.",
    ),
    "not_affordable": (
        "The instalments of the loan that you applied for are too high for your income and your expenses.",
        "Les échéances du prêt demandé sont trop élevées au regard de vos revenus et de vos charges.",
    ),
    "documents_missing": (
        "Documents that we need for a decision are missing, or contradict each other or your application.",
        "Des pièces nécessaires à notre décision manquent, ou se contredisent ou contredisent votre demande.",
    ),
    "suspected_fraud": (
        "We could not verify your identity or information in your application.",
        "Nous n'avons pas pu vérifier votre identité ou des informations de votre demande.",
    ),
}

#: Codes that give the reasons of the decision that was looked at.
OF_THE_MACHINE = (AS_SCORED, BANK_RULE)

#: Codes that speak for the client: of a counteroffer, why other terms are offered.
FOR_THE_CLIENT = ("income_confirmed", "arrears_explained", "security_offered", "known_client")

#: Code -> why, and what to do instead, in English and in French.
UNTOLD = {
    "data_corrected": (
        "it does not say what the corrected data show. Score the client with them: that decision has reasons, and a "
        "letter if it refuses; else a person has to write",
        "il ne dit pas ce que montrent les données corrigées. Évaluez le client avec elles\u00a0: cette décision aura "
        "des motifs, et une lettre si elle refuse\u00a0; sinon une personne doit écrire",
    ),
    "other": (
        "it is in the officer's own words, which stay in the bank, so a person has to write",
        "il est dans les mots de la personne qui a décidé, qui restent à la banque\u00a0: une personne doit écrire",
    ),
}

#: The same of a code that this version does not know.
UNKNOWN_REASON = (
    "this version does not know it, so a person has to write",
    "cette version ne le connaît pas\u00a0: une personne doit écrire",
)

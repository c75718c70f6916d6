"""The headings of the pack in English and French; what stands below them is in English."""

#: Section -> heading.
SECTIONS: dict[str, tuple[str, str]] = {
    "missing": ("What is missing", "Ce qui manque"),
    "annex": ("By annex IV of the AI Act", "Selon l'annexe IV du règlement sur l'IA"),
    "guidance": ("By SR 26-2", "Selon SR 26-2"),
    "card": ("Model card", "Fiche du modèle"),
    "data": ("Data sheet", "Fiche des données"),
    "validation": ("Validation", "Validation"),
    "quarters": ("Calibration and stability by quarter", "Calibrage et stabilité par trimestre"),
    "fairness": ("Fairness", "Équité"),
    "explanations": ("Examples of explanations", "Exemples d'explications"),
    "monitoring": ("Plan of monitoring", "Plan de surveillance"),
    "materials": ("Bill of materials", "Nomenclature logicielle"),
    "log": ("Proof of the decision log", "Preuve du journal des décisions"),
    "changes": ("Changes", "Historique des modifications"),
}

#: The words around them.
WORDS: dict[str, tuple[str, str]] = {
    "title": ("Evidence pack", "Dossier de preuves"),
    "findings": ("Findings", "Constats"),
    "weightiest": ("The weightiest of what is missing", "Le plus important de ce qui manque"),
    "about": ("About this pack", "À propos de ce dossier"),
    "warnings": ("Read this first", "À lire d'abord"),
    "contents": ("Contents", "Sommaire"),
    "point": ("Point", "Point"),
    "source": ("Source", "Source"),
    "in_english": ("", "Les titres sont en français\u00a0; le contenu est en anglais."),
}


def heading(words: tuple[str, str], language: str) -> str:
    """One of English and French. ``language``: "en" or "fr"."""
    return words[1] if language == "fr" else words[0]

"""SR 26-2, the guidance of the United States on model risk management, as the second order of the pack.

Issued on 17 April 2026 by the Federal Reserve (SR 26-2), the Office of the Comptroller of the Currency (Bulletin
2026-13) and the Federal Deposit Insurance Corporation. It takes the place of SR 11-7 of 2011. It sets no enforceable
standard, is expected to matter most to banks of more than 30 billion dollars, and leaves out generative and agentic AI;
a credit score learnt from data is a model in its sense.

The five parts are those that the Comptroller's bulletin names. The topics below each part are this project's reading,
by its own words: they quote nothing, and the letter itself counts.
"""

#: The text that the second order follows, and how far it was at hand.
TEXT = (
    "SR 26-2, Revised Guidance on Model Risk Management (Federal Reserve, 17 April 2026; OCC Bulletin 2026-13), which "
    "supersedes SR 11-7. Its five parts are as the bulletin of the OCC names them; the topics below each part are a "
    "reading of this project, and the letter itself counts."
)

#: Part -> heading in English and French.
PARTS: dict[str, tuple[str, str]] = {
    "overview": ("Model risk and its management", "Risque de modèle et sa gestion"),
    "development": ("Model development and model use", "Développement et utilisation du modèle"),
    "validation": ("Model validation and monitoring", "Validation et suivi du modèle"),
    "governance": ("Governance and controls", "Gouvernance et contrôles"),
    "vendors": ("Vendor and other third-party products", "Produits de fournisseurs et de tiers"),
}

#: Topic -> heading; a topic begins with its part.
TOPICS: dict[str, str] = {
    "overview.model": "what the model is, its purpose and its version",
    "overview.materiality": "materiality: exposure and purpose",
    "development.design": "design, theory and assumptions",
    "development.data": "data and their quality",
    "development.testing": "testing during development",
    "development.use": "use, limits and overrides",
    "validation.soundness": "conceptual soundness",
    "validation.outcomes": "outcomes analysis",
    "validation.monitoring": "ongoing monitoring",
    "validation.independence": "independent review and effective challenge",
    "governance.roles": "roles and responsibilities",
    "governance.inventory": "inventory",
    "governance.documentation": "documentation and policies",
    "governance.changes": "changes and their control",
    "governance.security": "access and security",
    "vendors.products": "products of third parties",
}

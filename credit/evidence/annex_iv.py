"""Annex IV of Regulation (EU) 2024/1689 (AI Act): the technical documentation of article 11(1), point by point.

The items are paraphrased from the text as published in the Official Journal on 12 July 2024. Amendments since may have
changed dates of application; the consolidated text counts.
"""

import msgspec

#: The text that the pack is ordered by.
TEXT = "Regulation (EU) 2024/1689 (AI Act), annex IV, as published in the Official Journal on 12 July 2024"

#: Points -> heading in English and French.
POINTS: dict[int, tuple[str, str]] = {
    1: ("General description of the AI system", "Description générale du système d'IA"),
    2: (
        "Elements of the AI system and process of its development",
        "Éléments du système d'IA et processus de développement",
    ),
    3: ("Monitoring, functioning and control", "Surveillance, fonctionnement et contrôle"),
    4: ("Appropriateness of the performance metrics", "Adéquation des indicateurs de performance"),
    5: ("Risk management system (article 9)", "Système de gestion des risques (article 9)"),
    6: ("Changes through the lifecycle", "Modifications tout au long du cycle de vie"),
    7: (
        "Harmonised standards, other standards and specifications",
        "Normes harmonisées, autres normes et spécifications",
    ),
    8: ("EU declaration of conformity (article 47)", "Déclaration UE de conformité (article 47)"),
    9: (
        "Performance after placing on the market, and its plan (article 72)",
        "Performances après commercialisation, et plan (article 72)",
    ),
}


class Item(msgspec.Struct, frozen=True):
    """``id``: point and letter. ``asks``: what the text asks for, paraphrased."""

    id: str
    asks: str

    @property
    def point(self) -> int:
        """Which of the nine points it belongs to."""
        return int(self.id[0])


ITEMS: tuple[Item, ...] = (
    Item("1a", "intended purpose, name of the provider, version and its relation to previous versions"),
    Item("1b", "how it interacts with hardware or software that is not part of it"),
    Item("1c", "versions of the relevant software, and requirements of updates"),
    Item("1d", "all forms in which it is placed on the market or put into service"),
    Item("1e", "the hardware on which it is intended to run"),
    Item("1f", "of a component of products: external features, marking, internal layout"),
    Item("1g", "basic description of the user interface that the deployer has"),
    Item("1h", "instructions for use for the deployer"),
    Item("2a", "methods and steps of the development, with third parties' tools and pre-trained systems"),
    Item("2b", "design: general logic, key choices and their reasons, what it optimises, output, trade-offs"),
    Item("2c", "architecture of the system, and computational resources of training, testing and validation"),
    Item("2d", "data sheets: training data, provenance, scope, selection, labelling, cleaning"),
    Item("2e", "human oversight measures (article 14), and means to interpret the output (article 13(3)(d))"),
    Item("2f", "pre-determined changes, and how compliance is kept through them"),
    Item("2g", "validation and testing: data, metrics, discriminatory impacts, dated and signed test reports"),
    Item("2h", "cybersecurity measures"),
    Item("3", "capabilities and limits, accuracy by groups, unintended outcomes and risks, oversight, input data"),
    Item("4", "why the performance metrics are appropriate for this system"),
    Item("5", "the risk management system of article 9"),
    Item("6", "relevant changes made through the lifecycle"),
    Item("7", "harmonised standards applied; where none, the solutions adopted and other specifications"),
    Item("8", "a copy of the EU declaration of conformity"),
    Item("9", "the system that evaluates performance after placing on the market, with the plan of article 72(3)"),
)

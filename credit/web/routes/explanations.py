"""The answers of /explain: every contribution to one client's probability, and what each feature does for the model."""

import numpy as np

from credit.explain import NOTE, PROTECTED, Explainer, Explanation, group_of
from credit.explain.explanation import TOGETHER
from credit.explain.spoken_values import spoken, value_of
from credit.features.catalogue import details
from credit.web.answers import explanations as answers
from credit.web.answers.features import FeatureImportance, Importance
from credit.web.payload import BodyError, Clients
from credit.web.responses import notices
from credit.web.routes.application_facts import facts
from credit.web.routes.scores import reasons_as_json
from credit.web.service import Service


def explainer(service: Service) -> Explainer:
    """The explainer of the loaded model. Raises `BodyError` (501) where the model has no exact contributions."""
    if service.explainer is None:
        raise _unexplainable(service)
    return service.explainer


def of_one(explainer: Explainer, clients: Clients) -> Explanation:
    """The explanation of a body's only client. Raises `BodyError` (422) where there are more."""
    if len(clients.numbers) != 1:
        raise BodyError(422, f"/explain takes one client at a time, and this body holds {len(clients.numbers)}.")
    return explainer.explain(clients.X)


def answer(service: Service, clients: Clients, found: Explanation, language: str) -> answers.Explanation:
    """All contributions, the largest first; base value plus contributions are the log odds.

    ``service``: of the server. ``clients``: of the body, one client. ``found``: its explanation. ``language``: of the
    texts, en or fr.
    """
    french = language == "fr"
    return answers.Explanation(
        client=clients.numbers[0],
        model=service.model,
        base_value=found.base_value,
        base_probability=found.base_probability,
        log_odds=found.log_odds,
        probability=found.probability,
        contributions=[
            answers.Contribution(
                feature=one.feature,
                value=one.value,
                contribution=one.contribution,
                description=one.fr if french else one.en,
                unit=one.unit_fr if french else one.unit,
                protected=one.protected,
                label=spoken(one.fr if french else one.en),
                text=value_of(one, language, service.show_protected),
            )
            for one in found.contributions
        ],
        protected_together=None if service.show_protected else _together(found, language),
        reasons=reasons_as_json(found.reasons, language),
        note=NOTE[language],
        facts=facts(service.scorer.columns, clients.X[0], language, service.show_protected),
        **notices(clients, language),
    )


def _together(found: Explanation, language: str) -> answers.ProtectedTogether | None:
    """All protected features of one client as one; None where the model reads none."""
    for one in found.protected_together().contributions:
        if one.feature == TOGETHER:
            name = spoken(one.fr if language == "fr" else one.en)
            return answers.ProtectedTogether(name, value_of(one, language), one.contribution, one.features)
    return None


def importance(service: Service, language: str) -> Importance:
    """Every feature, the largest gain first.

    ``gain``: the share of what the trees' splits gained in training that is owed to the feature. ``contribution``: its
    mean |contribution| in log odds over the clients that the training looked at, where the manifest says it under
    features; a server has no clients of its own to take it from. Raises `BodyError` (501) for another make of model.
    """
    columns, manifest = service.scorer.columns, service.scorer.manifest
    gain = explainer(service).gain()
    contribution = manifest.get("features", {}).get("contribution", {})
    words = details(columns, manifest, language)
    return Importance(
        model=service.model,
        features=[
            FeatureImportance(
                feature=columns[i],
                gain=float(gain[i]),
                contribution=contribution.get(columns[i]),
                description=words[i]["description"],
                protected=group_of(columns[i]) == PROTECTED,
            )
            for i in np.argsort(-gain, kind="stable").tolist()
        ],
    )


def _unexplainable(service: Service) -> BodyError:
    return BodyError(501, f"This server's model cannot be explained. {service.unexplained}")

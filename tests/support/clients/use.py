"""A program of a bank that uses the generated client: use.py ADDRESS KEY. It prints what it learns, as JSON."""

import json
import sys
from typing import Any

from bank_client import AuthenticatedClient, Client
from bank_client.api.reviews import decide_case
from bank_client.api.scoring import score
from bank_client.models import (
    Applicant,
    CounterofferRulingForReason,
    CounterofferRulingForReasonReason,
    Error,
    Language,
    RulingTerms,
    Scores,
)

address, key = sys.argv[1:]
client = AuthenticatedClient(base_url=address, token=key, timeout=60)
applicant = Applicant(
    sk_id_curr=155312,
    name_contract_type="Cash loans",
    amt_credit=450000.0,
    amt_annuity=24500.0,
    amt_goods_price=450000.0,
    ext_source_2=0.57,
)

answer = score.sync_detailed(client=client, body=[applicant], lang=Language.FR)
assert isinstance(answer.parsed, Scores), answer.content
(scored,) = answer.parsed.scores
reason = CounterofferRulingForReasonReason.NOT_AFFORDABLE
ruling = CounterofferRulingForReason(
    verdict="counteroffer", reason=reason, terms=RulingTerms(amount=300000.0, annuity=15000.0)
)
review: Any = decide_case.sync(client=client, decision_id=scored.decision_id or 0, body=ruling)

incomplete = Applicant.from_dict({"SK_ID_CURR": 7, "AMT_CREDIT": None, "AMT_ANNUITY": None})
refused = score.sync_detailed(client=client, body=incomplete)
assert isinstance(refused.parsed, Error), refused.content
keyless = score.sync_detailed(client=Client(base_url=address, timeout=60), body=applicant)  # type: ignore[arg-type]
assert isinstance(keyless.parsed, Error), keyless.content
print(
    json.dumps(
        {
            "client": scored.client,
            "decision": scored.decision,
            "probability": scored.probability,
            "language": answer.headers["Content-Language"],
            "reviewed": review.code if isinstance(review, Error) else review.verdict,
            "refused": [
                refused.status_code,
                refused.parsed.code,
                [[one.field, one.code] for one in refused.parsed.details],
            ],
            "keyless": [keyless.status_code, keyless.parsed.code],
        }
    )
)

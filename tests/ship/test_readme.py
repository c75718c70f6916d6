"""The first example of README is a row that the shipped model answers as README says."""

import json
import re
from pathlib import Path

from app import create_app
from credit import scorer, welcome

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_the_first_example_is_the_one_that_the_server_prints_and_its_answer_is_real():
    line, answer = re.search(r"```sh\n(curl .+?)\n```.+?```json\n(.+?)\n```", README, re.S).groups()
    body = json.loads(re.search(r"-d '(.+?)'", line, re.S)[1])
    assert body == welcome.example(scorer.load(ROOT / "mlruns_reduced").columns)
    assert sum(isinstance(value, str) for value in body.values()) >= 4  # a published row has texts
    client = create_app(ROOT / "mlruns_reduced", database=None).test_client()
    assert line.endswith("http://127.0.0.1:8000/predict_proba")
    assert client.post("/predict_proba", json=body).json == json.loads(answer)

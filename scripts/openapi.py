"""The OpenAPI document of the shipped model's service, on the standard output: a part of each release.

python scripts/openapi.py > openapi.json
"""

import sys

from credit.web.application import create_app

if __name__ == "__main__":
    answer = (
        create_app(database=None, log_requests=False)
        .test_client()
        .get("/openapi.json", base_url="http://127.0.0.1:8000")
    )
    sys.stdout.buffer.write(answer.data)

# Paths are relative throughout, so that the folder may have a space in its name.
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8000
MLFLOW_PORT ?= 5000
CLIENTS ?=
BANK_CLIENTS ?= 10000
SEED ?= 7
PYTHONS ?=
UV := 0.13.9
SPARK := 4.3.0
# One more than there are processors: tests wait for servers, browsers and databases for a third of their time.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min((os.cpu_count() or 1) + 1, 4))')
RUN := .venv/bin/python
DOCS := .venv-docs/bin/python
CLIENTS_OF_API := .venv-clients/bin/python
OLDEST := .venv-oldest/bin/python
NEWEST := .venv-newest/bin/python

# An environment names the folder that it was made in: in its programs, and where it says which folder the package is in.
# One that is a link is shared on purpose.
MOVED := $(shell test -L .venv || test ! -s .venv/ready || test "$$(cat .venv/ready)" = "$$(pwd -P)" || echo moved)

.PHONY: help setup moved run serve train test fuzz oldest newest docs wheel spark clients lint types format mlflow lab lock clean

help:  ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST) | sort

setup: .venv/ready  ## make the environment .venv with the pinned packages
	@:

moved:
	@echo "environment: .venv was made in $$(cat .venv/ready); making it anew for this folder"
	@rm -rf .venv

.venv/ready: requirements-dev.txt pyproject.toml $(MOVED)
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "This needs Python 3.11, 3.12 or 3.13, but $(PYTHON) is " + sys.version.split()[0] + ". Name another: make $(MAKECMDGOALS) PYTHON=python3.12")'
	@echo "environment: installing the pinned packages into .venv"
	@test -x $(RUN) || $(PYTHON) -m venv .venv
	@$(RUN) -m pip install --quiet --disable-pip-version-check uv==$(UV)
	@$(RUN) -m uv pip sync --quiet --native-tls --python $(RUN) --require-hashes requirements-dev.txt
	@$(RUN) -m uv pip install --quiet --native-tls --python $(RUN) --no-deps --editable .
	@$(RUN) -c 'import lightgbm' || { echo "LightGBM needs the OpenMP library of the system: apt-get install libgomp1 (Debian), brew install libomp (macOS); then: make setup" >&2; exit 1; }
	@pwd -P > .venv/ready

run:  ## everything: environment, simulated bank, notebooks, model, closing table, server
	@if [ -f .venv/ready ] && [ -z "$(MOVED)" ]; then echo "environment: .venv is there; used again"; fi
	@$(MAKE) --no-print-directory setup
	@$(RUN) -m credit run --clients $(BANK_CLIENTS) --seed $(SEED) --port $(PORT)

serve: setup  ## start the server with the model in mlruns_reduced/ (PORT=8000)
	@$(RUN) -m credit serve --port $(PORT)

train: setup  ## train on DATA=folder of tables, all clients or CLIENTS=50000 of them
	@test -n "$(DATA)" || { echo "Which data? Name the folder: make train DATA=data/home-credit CLIENTS=50000" >&2; exit 2; }
	@$(RUN) -m credit train "$(DATA)" $(if $(CLIENTS),--clients $(CLIENTS)) --seed $(SEED)

test: setup  ## run all tests
	@$(RUN) -m pytest -n $(WORKERS) --dist loadfile $(TESTS)

fuzz: setup  ## 10,000 requests by schemathesis over all routes, along the links of openapi.json; a quarter of an hour
	@FUZZ_REQUESTS=10000 $(RUN) -m pytest -o timeout=7200 tests/web/openapi/test_document.py -k test_nothing_disproves_the_document

docs: .venv-docs/ready  ## build the pages of docs/ into site/; a broken link or anchor is an error
	@rm -rf site docs/reference
	@$(DOCS) -m sphinx --quiet --fresh-env --fail-on-warning --builder html docs site
	@echo "open site/index.html"

.venv-docs/ready: requirements-docs.txt
	@echo "environment: installing the pinned packages into .venv-docs"
	@test -x $(DOCS) || $(PYTHON) -m venv .venv-docs
	@$(DOCS) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-docs.txt
	@touch .venv-docs/ready

# Old packages meet the newest of those that they need in turn, and call what these mean to drop: such warnings are no
# errors here. Left out is what holds the installed packages against the pinned ones, which are the newest.
oldest: setup  ## run all tests with the oldest versions that pyproject.toml allows, in .venv-oldest
	@$(RUN) -m uv venv --quiet --clear --native-tls --python 3.11 .venv-oldest
	@$(RUN) -m uv pip install --quiet --native-tls --python $(OLDEST) --resolution lowest-direct --group dev --editable ".[train,postgresql]"
	@$(OLDEST) -m pytest -n $(WORKERS) --dist loadfile -W ignore::DeprecationWarning --ignore tests/ship/test_supply.py $(TESTS)

# As warnings are errors in tests, what a new release means to drop fails here first. Left out is what holds the installed
# packages against the pinned ones.
newest: setup  ## run all tests with the newest versions that pyproject.toml allows, in .venv-newest
	@$(RUN) -m uv venv --quiet --clear --native-tls --python 3.11 .venv-newest
	@$(RUN) -m uv pip install --quiet --native-tls --python $(NEWEST) --resolution highest --upgrade --group dev --editable ".[train,postgresql]"
	@$(NEWEST) -m pytest -n $(WORKERS) --dist loadfile --ignore tests/ship/test_supply.py $(TESTS)

wheel: setup  ## build the wheel into dist/, install it in an empty environment, serve and train with it (PYTHONS="python3.12 python3.13")
	@$(RUN) scripts/wheel.py --train $(PYTHONS)

spark: setup  ## add PySpark to the environment (it needs Java), for features beyond one machine
	@$(RUN) -m uv pip install --quiet --native-tls --python $(RUN) pyspark==$(SPARK)

clients: .venv-clients/ready  ## add what a test makes clients of openapi.json with, in Python and TypeScript (it needs Node and npm)
	@:

.venv-clients/ready: requirements-clients.txt tests/support/clients/package-lock.json
	@command -v npm >/dev/null || { echo "The TypeScript client needs Node and npm: apt-get install nodejs npm (Debian), brew install node (macOS)" >&2; exit 1; }
	@echo "environment: installing the pinned packages into .venv-clients"
	@test -x $(CLIENTS_OF_API) || $(PYTHON) -m venv .venv-clients
	@$(CLIENTS_OF_API) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-clients.txt
	@cp tests/support/clients/package.json tests/support/clients/package-lock.json .venv-clients/
	@npm ci --prefix .venv-clients --silent --no-fund --no-audit --ignore-scripts
	@touch .venv-clients/ready

lint: setup  ## check style, format, and which package may import which
	@$(RUN) -m ruff check . && $(RUN) -m ruff format --check . && .venv/bin/lint-imports

types: setup  ## check types
	@$(RUN) -m mypy

format: setup  ## write the format that lint wants
	@$(RUN) -m ruff check --fix --quiet . ; $(RUN) -m ruff format .

mlflow: setup  ## open MLflow's pages on what was trained here (MLFLOW_PORT=5000)
	@$(RUN) -m credit mlflow --port $(MLFLOW_PORT)

lab: setup  ## open the notebooks in JupyterLab
	@$(RUN) -m jupyterlab notebooks

lock:  ## resolve pyproject.toml anew into the four files of pinned versions
	@$(RUN) -m uv pip compile --quiet --native-tls --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml --extra postgresql -o requirements.txt $(UPGRADE)
	@$(RUN) -m uv pip compile --quiet --native-tls --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml --all-extras --group dev -c requirements.txt -o requirements-dev.txt $(UPGRADE)
	@$(RUN) -m uv pip compile --quiet --native-tls --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --group docs -o requirements-docs.txt $(UPGRADE)
	@$(RUN) -m uv pip compile --quiet --native-tls --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --group clients -o requirements-clients.txt $(UPGRADE)

clean:  ## remove what was made here, but for the model and the notebooks
	rm -rf .venv .venv-docs .venv-clients .venv-oldest .venv-newest site docs/reference data/bank run build dist mlflow.db mlartifacts optuna.db .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

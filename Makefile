# Parley. `make` lists the targets. Everything is installed into .venv, nothing outside it,
# but for the Debian packages that .ci/debian names (and only when run as root).

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
UV_COMPILE := $(BIN)/uv pip compile pyproject.toml --extra local --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-header --quiet --custom-compile-command "make lock"
ARGS ?=
BENCH ?=
CHECK ?=
PEERS ?=

.PHONY: help setup setup-dev serve standin check test laws lint format bench fuzz docs lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  ARGS is passed on: make serve ARGS='--port 9000', make test ARGS='tests/pipeline'"

setup: $(VENV)/.runtime ## make .venv and install what `serve` needs, from the lock

setup-dev: $(VENV)/.dev ## the same, with what tests and linters need

serve: $(VENV)/.runtime ## start the service and print the address of its console
	@exec $(BIN)/parley serve $(ARGS)

standin: $(VENV)/.runtime ## start only the stand-in provider (speaks OpenAI's wire protocol on loopback)
	@exec $(BIN)/parley standin $(ARGS)

check: $(VENV)/.runtime ## show the effective configuration and reach every provider
	@exec $(BIN)/parley check $(ARGS)

test: $(VENV)/.dev ## install what the tests need (Chromium and PostgreSQL too, where it can) and run them all
	@.ci/debian for-tests
	$(BIN)/python -m pytest $(ARGS)

laws: $(VENV)/.dev ## only the tests that guard the shape of the code and the truth of the docs
	$(BIN)/python -m pytest tests/laws $(ARGS)

lint: $(VENV)/.dev ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## let ruff put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## measure: a table, a page with plots, a verdict (BENCH=name, CHECK=1 against the baseline, PEERS=1)
	@$(BIN)/python -m benchmarks $(BENCH) $(if $(PEERS),--peers) $(if $(CHECK),--check) $(ARGS)

fuzz: $(VENV)/.dev ## throw random and mutated offers, requests and Realtime clients at the service
	$(BIN)/python -m benchmarks.fuzz_sdp
	$(BIN)/python -m benchmarks.fuzz_http
	$(BIN)/python -m benchmarks.fuzz_realtime

docs: $(VENV)/.dev ## draw the tables of the documentation from the code anew
	$(BIN)/python -m tests.laws.documents

lock: $(VENV)/.dev ## bring the two lock files up to pyproject.toml; ARGS=--upgrade takes newer versions too
	$(UV_COMPILE) --group build $(ARGS) --output-file requirements.lock
	$(UV_COMPILE) --group build --group dev --constraint requirements.lock $(ARGS) --output-file requirements-dev.lock

clean: ## remove .venv and every cache (not the data directory)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist build

# The stamps: newer than pyproject.toml and the lock means that nothing has to be installed.

$(BIN)/python:
	@.ci/venv $(VENV)

$(VENV)/.runtime: pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing the dependencies (once; pinned in requirements.lock) ..."
	@$(PIP) install --quiet --require-hashes --requirement requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml requirements-dev.lock | $(BIN)/python
	@echo "Installing the dependencies and the tools of development (once; pinned in requirements-dev.lock) ..."
	@$(PIP) install --quiet --require-hashes --requirement requirements-dev.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.runtime $@

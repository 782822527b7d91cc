# Two commands: `make up` installs and runs the main job on the embedded org, `make test` passes the tests.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
	>/dev/null 2>&1 && { echo $$p; break; }; done)

.PHONY: help up test lint format bench conformance judges mutation wheel clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.ready: pyproject.toml
	@test -n "$(PYTHON)" || { echo "orgwright needs Python 3.11, 3.12 or 3.13 with venv: on Debian 'apt-get install python3 python3-venv'"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

up: $(VENV)/.ready  ## install, then bring a fresh embedded org up for the Gentrack connector
	@$(BIN)/orgwright up gentrack --org local

test: $(VENV)/.ready  ## all tests
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: $(VENV)/.ready  ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/.ready  ## format and mend what ruff can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

judges: $(VENV)/.ready  ## apex-ls and PMD on force-app (Java 11 or newer and npm)
	@.ci/judges

mutation: $(VENV)/.ready  ## put faults into the generated Apex; its tests have to notice 90 % of them
	@$(BIN)/python -m tests.mutation $(CONNECTOR)

bench: $(VENV)/.ready  ## the figures, with ratios
	@$(BIN)/python -m benchmarks

conformance: $(VENV)/.ready  ## run a checkout's own Apex tests: CORPUS=DIR [WITH=DIR] [ARGS=--list]
	@$(BIN)/python -m conformance $(CORPUS) $(if $(WITH),--with $(WITH)) $(ARGS)

wheel: $(VENV)/.ready  ## build the wheel into dist/
	@$(BIN)/python -m build --wheel --outdir dist .

clean:  ## remove what can be made again
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache

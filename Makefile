# The only way in: people and CI use the same targets.
#   make run     serve the demo           make test    every check and test
#   make sbom    what it is made of      make requirements   pin what pyproject.toml asks for
#   make lint types arch i18n docs unit   its parts    make wheel   the package
#   make bench   compare with others      (ARGS="--json FILE" keeps the figures)
#   make bench-large   the SUPEROFFICE tab with 100,000 people
#   make bench-metering   usage taken in, a year of it looked at, a thousand open pages

SHELL := /bin/bash
.DEFAULT_GOAL := help
export UV_COMPILE_BYTECODE := 1
export UV_PYTHON_DOWNLOADS := never

VENV := .venv
PYTHON := $(VENV)/bin/python
# uv from the machine if it is there, else one of the project's own.
UV = $(shell command -v uv || echo $(VENV)-uv/bin/uv)
SAMPLE := plugins/sample_thirdparty

.PHONY: help run test unit lint types arch i18n docs extract wheel bench bench-large bench-metering clean system-packages requirements sbom

help:
	@sed -n '2,8s/^# *//p' Makefile

$(VENV)-uv/bin/uv:
	python3 -m venv $(VENV)-uv
	$(VENV)-uv/bin/pip install --quiet --disable-pip-version-check uv

uv:
	@command -v uv >/dev/null || $(MAKE) --no-print-directory $(VENV)-uv/bin/uv

$(PYTHON):
	@$(MAKE) --no-print-directory uv
	@$(UV) venv --quiet --python '>=3.11' $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml $(SAMPLE)/pyproject.toml | $(PYTHON)
	@$(MAKE) --no-print-directory uv
	@$(UV) pip install --quiet --python $(PYTHON) --require-hashes -r requirements.txt
	@$(UV) pip install --quiet --python $(PYTHON) --no-deps --no-build-isolation -e . -e $(SAMPLE)
	@touch $@

$(VENV)/.test: requirements-test.txt $(VENV)/.run
	@$(UV) pip install --quiet --python $(PYTHON) --require-hashes -r requirements-test.txt
	@touch $@

run: $(VENV)/.run
	@exec $(VENV)/bin/tabhost serve --demo

test: system-packages $(VENV)/.test lint types arch i18n unit

unit: $(VENV)/.test
	$(PYTHON) -m pytest -n 2 --dist worksteal $(ARGS)

lint: $(VENV)/.test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/bandit --quiet --configfile pyproject.toml --recursive host plugins docs
	$(VENV)/bin/codespell README.md CHANGELOG.md bench docs host plugins templates tests Makefile pyproject.toml

types: $(VENV)/.test
	$(VENV)/bin/mypy

arch: $(VENV)/.test
	$(VENV)/bin/lint-imports --no-cache

i18n: $(VENV)/.test
	$(PYTHON) -m tests.catalogues check

# The peers live in an environment of their own: nothing of theirs is ever beside Tabhost.
.bench/.ready: bench/requirements.txt | $(VENV)/.run
	@$(UV) venv --quiet --clear --python $(PYTHON) .bench/venv
	@$(UV) pip install --quiet --python .bench/venv/bin/python -r bench/requirements.txt
	@touch $@

bench: $(VENV)/.run .bench/.ready
	@$(PYTHON) -m bench.pages $(ARGS)

bench-large: $(VENV)/.test
	@$(PYTHON) -m bench.large

bench-metering: $(VENV)/.test
	@$(PYTHON) -m bench.metering $(ARGS)

docs: $(VENV)/.test
	$(PYTHON) docs/reference.py

extract: $(VENV)/.test
	$(PYTHON) -m tests.catalogues update

wheel: $(VENV)/.test
	$(PYTHON) -m hatchling build -t wheel

# Hash-pinned, and without the address of any registry. What is pinned stays: ARGS="--upgrade" takes newer ones,
# ARGS="--upgrade-package NAME" those of one package.
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(ARGS) pyproject.toml
requirements: uv
	$(COMPILE) --group build -o requirements.txt
	$(COMPILE) --group build --group test -o requirements-test.txt

# The bill of materials, in an environment that lasts as long as the command.
sbom: uv
	@$(UV) run --quiet --no-project --with cyclonedx-bom python docs/sbom.py

# What tests need of the system. Only root can install it; without it those tests are skipped, or fail in CI.
system-packages:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  missing=""; \
	  command -v chromium >/dev/null || missing="$$missing chromium"; \
	  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	  command -v npm >/dev/null || missing="$$missing nodejs npm"; \
	  if [ -n "$$missing" ]; then \
	    echo "Installing$$missing"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  fi; \
	fi

clean:
	rm -rf $(VENV) $(VENV)-uv .bench .demo dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

# The one entry: `make help` lists what there is.
#
# The virtual environment is made in steps, each with a stamp, so that nothing runs again until a lock or pyproject.toml
# changes. It lives in .venv; `make demo` fills it with requirements/run.lock, and `make test` adds the rest of dev.lock
# to the same one. Settings: PYTHON=… picks the interpreter, UPGRADE=1 lets `make lock` take newer versions.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --python $(BIN)/python
# Two makes at once must not build the same environment: where flock is missing, uv's own lock still keeps installs apart.
ALONE := $(if $(shell command -v flock),flock .venv.lock)

PACKAGES := schemas eventlog processors projections services
# The pure packages, whose examples in docstrings are run as tests.
EXAMPLES := --doctest-modules schemas eventlog processors
SUITES := unit tidy golden contract simulation integration bench
PYTEST := $(BIN)/python -m pytest --quiet

# No advice from pip about its version or about root; an index or a certificate that pip was given is also uv's.
export PIP_ROOT_USER_ACTION := ignore
export PIP_DISABLE_PIP_VERSION_CHECK := 1
ifneq ($(PIP_INDEX_URL),)
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
ifneq ($(PIP_CERT),)
export SSL_CERT_FILE ?= $(PIP_CERT)
endif
# An account without a home, as CI may have, keeps the download caches in the environment.
ifneq ($(shell test -w "$$HOME" && echo yes),yes)
export UV_CACHE_DIR ?= $(CURDIR)/$(VENV)/cache/uv
export PIP_CACHE_DIR ?= $(CURDIR)/$(VENV)/cache/pip
endif

# An environment that was copied or moved still runs the code of the place it was made in: it is made again.
ifneq ($(shell cat $(VENV)/made-in 2>/dev/null),$(CURDIR))
$(VENV)/bootstrap.stamp: FORCE
endif

$(VENV)/bootstrap.stamp: requirements/bootstrap.lock requirements/make-venv
	@$(ALONE) requirements/make-venv $(VENV)
	@touch $@

$(VENV)/run.stamp: requirements/run.lock pyproject.toml $(VENV)/bootstrap.stamp
	@$(ALONE) $(INSTALL) --require-hashes --requirement requirements/run.lock
	@$(ALONE) $(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# After run.stamp, never beside it: both write to one environment.
$(VENV)/dev.stamp: requirements/dev.lock $(VENV)/run.stamp
	@$(ALONE) $(INSTALL) --require-hashes --requirement requirements/dev.lock
	@touch $@

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: $(VENV)/dev.stamp ## make .venv with everything for development

.PHONY: demo
demo: $(VENV)/run.stamp ## install what running needs, then run the demo
	@$(BIN)/kopilka demo $(ARGS)

.PHONY: check
check: $(VENV)/dev.stamp ## what every change must pass: format, lint, types, imports, unit tests, house rules
	@said=$$($(BIN)/python -m ruff format --check --output-format concise . 2>&1) || { echo "$$said"; exit 1; }
	@$(BIN)/python -m ruff check --quiet .
	@$(BIN)/python -m mypy --no-error-summary
	@said=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$said"; exit 1; }
	@$(PYTEST) $(EXAMPLES) $(wildcard tests/unit tests/tidy tests/golden)

.PHONY: test
test: $(VENV)/dev.stamp ## the whole suite, on real parts too
	@$(PYTEST) $(EXAMPLES) $(wildcard $(SUITES:%=tests/%))

.PHONY: format
format: $(VENV)/dev.stamp ## format the code and mend what the linter can mend safely
	@$(BIN)/python -m ruff check --quiet --fix-only .
	@$(BIN)/python -m ruff format --quiet .

# Constraints keep the two locks in step: what dev.lock shares with run.lock has the same version and hashes.
RESOLVE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
    $(if $(UPGRADE),--upgrade)
RUN := pyproject.toml --extra embedded --extra journey --group build

.PHONY: lock
lock: $(VENV)/bootstrap.stamp ## resolve pyproject.toml again into requirements/*.lock
	@$(RESOLVE) --group bootstrap --output-file requirements/bootstrap.lock >/dev/null
	@$(RESOLVE) $(RUN) --output-file requirements/run.lock >/dev/null
	@$(RESOLVE) $(RUN) --group dev --constraint requirements/run.lock --output-file requirements/dev.lock >/dev/null

.PHONY: clean
clean: ## remove the environment, caches and built files
	@rm -rf $(VENV) .venv.lock dist build .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	@find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

.PHONY: FORCE
FORCE:

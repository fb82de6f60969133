# `make` alone prints what there is.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# The first of these that really is Python 3.11 or later (a version manager's shims may not be).
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)

RUN := $(VENV)/.run.stamp
DEV := $(VENV)/.dev.stamp
SPARK := $(VENV)/.spark.stamp
# checkov pins much that orderlake needs newer.
AUDIT := .venv-audit
# Airflow's dependencies and ours exclude each other.
AIRFLOW := .venv-airflow

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "orderlake needs Python 3.11 or later: install it, or say make PYTHON=/path/to/python3.12" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(RUN): requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "installing what orderlake runs with (once)…" >&2
	$(PIP) --require-hashes -r requirements/run.txt
	$(PIP) --no-deps --editable .
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "installing what develops and tests orderlake (once)…" >&2
	$(PIP) --require-hashes -r requirements/dev.txt
	$(PIP) --no-deps --editable .
	@touch $@ $(RUN)

$(SPARK): requirements/spark.txt $(DEV)
	@echo "installing Spark and Iceberg (once, 600 MB)…" >&2
	$(PIP) --require-hashes -r requirements/spark.txt
	@touch $@

$(AUDIT)/.stamp: requirements/audit.txt | $(BIN)/python
	@echo "installing checkov (once)…" >&2
	$(BIN)/python -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/audit.txt
	@touch $@

$(AIRFLOW)/.stamp: requirements/airflow.txt | $(BIN)/python
	@echo "installing Airflow (once, 350 MB)…" >&2
	$(BIN)/python -m venv --clear $(AIRFLOW)
	$(AIRFLOW)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/airflow.txt
	@touch $@

##@ Use
.PHONY: demo
demo: $(RUN) ## Orders through the whole pipeline on this machine, with a report
	$(BIN)/orderlake demo

##@ Develop
.PHONY: setup
setup: $(DEV) ## The .venv that develops and tests everything

.PHONY: test
test: $(DEV) ## Tests, under 10 minutes
	$(BIN)/pytest -n auto --dist loadscope

.PHONY: test-slow
test-slow: $(DEV) $(SPARK) ## Terraform, the shared real orders, chaos: minutes each
	$(BIN)/pytest -m "slow and not long" -n auto --dist loadfile

.PHONY: test-long
test-long: $(DEV) $(SPARK) ## Tests that want a quiet machine for many minutes
	$(BIN)/pytest -m long

.PHONY: test-airflow
test-airflow: $(DEV) $(AIRFLOW)/.stamp ## The Airflow DAGs on a real Airflow, against the embedded AWS
	$(BIN)/pytest -m airflow tests/airflow

.PHONY: format
format: $(DEV) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: check
check: $(DEV) ## Format, lint, types, layers, workflows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m glue.compatibility
	$(BIN)/python -m glue.data_catalog --check
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

.PHONY: audit-terraform
audit-terraform: $(AUDIT)/.stamp ## Terraform by checkov's rules; what is skipped says why, beside its resource
	$(AUDIT)/bin/checkov --directory infra/terraform --framework terraform --skip-download --compact --quiet

.PHONY: chaos
chaos: $(DEV) ## The pipeline under faults, drawn from seeds that replay (SEEDS=50 FIRST=1)
	$(BIN)/python -m tests.chaos --seeds $(or $(SEEDS),50) --first $(or $(FIRST),1)

.PHONY: soak
soak: $(DEV) ## The pipeline at a steady rate with faults in it (MINUTES=30 RATE=20); CSV and plot in build/soak
	$(BIN)/python -m tests.chaos.soak --minutes $(or $(MINUTES),30) --rate $(or $(RATE),20)

.PHONY: screenshots
screenshots: $(DEV) ## Every page of the dashboard as PNG into build/, those of the documentation into docs/ (needs Chromium)
	$(BIN)/python -m tests.browser.screenshots build/screenshots
	mkdir -p docs/images && cp $(addprefix build/screenshots/,sales-1440.png sales-390.png operations-1440.png) docs/images/

.PHONY: docs
docs: $(DEV) ## The documentation's site, into build/site
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --builder html docs build/site

.PHONY: bench
bench: $(DEV) $(SPARK) ## Benchmarks beside named peers
	$(BIN)/python -m tests.benchmarks

##@ Deliver
.PHONY: package
package: $(RUN) ## Build what is deployed into build/ (PLATFORM="tag…" for other wheels than Lambda's)
	$(BIN)/python -m infra.packaging --output build $(PLATFORM:%=--platform %)

.PHONY: record
record: $(DEV) ## Record Terraform's calls again, which `orderlake up` plays back
	$(BIN)/python -m infra.local.recording
	$(BIN)/python -m infra.iam_document > docs/iam.md

.PHONY: lock
lock: ## Lock dependencies again (needs uv)
	uv pip compile --universal --python-version 3.11 pyproject.toml --extra cli --extra dashboard \
		--no-emit-index-url --generate-hashes --no-header --quiet -o requirements/run.txt
	uv pip compile --universal --python-version 3.11 pyproject.toml --extra cli --extra dashboard --group dev -c requirements/run.txt \
		--no-emit-index-url --generate-hashes --no-header --quiet -o requirements/dev.txt
	uv pip compile --universal --python-version 3.11 pyproject.toml --extra spark -c requirements/dev.txt \
		--no-emit-index-url --generate-hashes --no-header --quiet -o requirements/spark.txt
	uv pip compile --universal --python-version 3.11 requirements/audit.in \
		--no-emit-index-url --generate-hashes --no-header --quiet -o requirements/audit.txt
	uv pip compile --universal --python-version 3.11 requirements/airflow.in \
		--no-emit-index-url --generate-hashes --no-annotate --no-header --quiet -o requirements/airflow.txt
	cd infra/packaging/requirements && uv pip compile --python-version 3.9 --python-platform x86_64-manylinux_2_28 \
		--only-binary :all: --no-emit-index-url --generate-hashes --no-annotate --no-header --quiet \
		glue-pythonshell.in -o glue-pythonshell.txt
	cd infra/packaging/requirements && for name in order-ingest file-ingest order-api lambda-runtime; do \
		uv pip compile --universal --python-version 3.11 --no-emit-index-url --generate-hashes --no-annotate \
		--no-header --quiet -c ../../../requirements/run.txt $$name.in -o $$name.txt \
		$$([ $$name = lambda-runtime ] || printf -- '--no-emit-package %s ' boto boto3 botocore python-dateutil six urllib3); done

.PHONY: clean
clean: ## Remove what was built (the .venv stays)
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: help
help:
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

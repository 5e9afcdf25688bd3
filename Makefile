# Everything a fresh machine needs, with only Python >= 3.11, make and the package registries.
SHELL  := /bin/bash
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
AUDIT  := .venv-audit
PEERS  := .venv-peers
MUTANTS := .venv-mutants
HOME_FOLDER ?= .demo
PIP    := $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt
# `make bench SIZE=--small` takes minutes.
SIZE ?=
# What `make drills` is asked: --only P3 P4, --seed N, --again, --quick.
DRILLS ?=
WORKERS := -n 2 --dist loadfile --no-loadscope-reorder
COUNTED := tests/warehouse tests/expectations $(wildcard tests/test_*.py) tests/app/test_catalogue.py \
           tests/flows/test_keeping.py
SOURCES := warehouse expectations flows app

.PHONY: help run up test lint drills mutants bench sbom licences audit clean
help:
	@echo "make run    set up, a demo home of the sample county, one night, its summary"
	@echo "make up     the same home live: the view, by a sign-in link, and the Prefect UI beside it"
	@echo "make test   set up, then style, types, house guards and every test"
	@echo "make drills every promise in its full figure, one line each; what ran is not run again; benchmarks/promises.md"
	@echo "make mutants changes the code in one place after another: how many changes the tests notice; goes on where it was"
	@echo "make bench  reading, figures, judging, nights, the view, and how they grow, against peers: benchmarks/RESULTS.md"
	@echo "make sbom   build/sbom.json, every package this stands on (CycloneDX); make licences lists their licences;"
	@echo "            make audit asks the advisory service about each, and says of how many it could"
	@echo "make clean  remove the demo home and the environment"

$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Ducha needs Python 3.11 or newer")'
	@echo "Setting up: installing the pinned packages (one to three minutes) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) -e .
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready
	@echo "Setting up: installing what the tests need ..."
	@$(PIP) -e '.[dev,spark]'
	@bash tests/install_packages.sh
	@touch $@

run: $(VENV)/.ready
	@$(BIN)/ducha --home $(HOME_FOLDER) init --quiet
	@$(BIN)/ducha --home $(HOME_FOLDER) sample
	@$(BIN)/ducha --home $(HOME_FOLDER) nightly

up: $(VENV)/.ready
	@$(BIN)/ducha --home $(HOME_FOLDER) up --demo

lint: $(VENV)/.ready-test
	@$(BIN)/ruff check . && $(BIN)/ruff format --check $(SOURCES) tests
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

# What a package promises is proved by its own tests: lines are counted there, and the nights run at their own speed.
# What only the view and the commands ask of the warehouse is counted in the files that test it.
# A file stays with one worker, which makes its homes and snapshots once; short files come last, so that none is idle.
test: lint
	@$(BIN)/python -m pytest $(COUNTED) --cov --cov-report= $(WORKERS)
	@$(BIN)/coverage report --skip-covered --fail-under=90
	@$(BIN)/python -m pytest tests/drills tests/app tests/flows $(COUNTED:%=--ignore=%) $(WORKERS)

drills: $(VENV)/.ready-test
	@$(BIN)/python -m tests.drills.run $(DRILLS)

# The tool that changes the code has an environment of its own, which sees the packages of the other.
$(MUTANTS)/.ready: constraints.txt constraints-mutants.txt $(VENV)/.ready-test
	@$(PYTHON) -m venv $(MUTANTS)
	@$(MUTANTS)/bin/python -m pip install -qq --disable-pip-version-check -c constraints.txt -c constraints-mutants.txt mutmut
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
	  > $$($(MUTANTS)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/tested.pth
	@touch $@

mutants: $(MUTANTS)/.ready
	@$(MUTANTS)/bin/mutmut run --max-children 2
	@$(MUTANTS)/bin/mutmut results --all true | $(BIN)/python tests/drills/mutants.py

# The tools that examine the environment have one of their own, so that they do not stand in what they list.
$(AUDIT)/.ready: constraints-audit.txt
	@$(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip install -qq --disable-pip-version-check -c constraints-audit.txt cyclonedx-bom pip-audit
	@touch $@

sbom: $(VENV)/.ready $(AUDIT)/.ready
	@mkdir -p build
	@$(AUDIT)/bin/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml --output-reproducible -o build/sbom.json
	@echo "build/sbom.json"

licences: $(VENV)/.ready-test
	@$(BIN)/python .ci/dependencies.py licences

audit: $(VENV)/.ready-test $(AUDIT)/.ready
	@mkdir -p build
	@$(AUDIT)/bin/pip-audit -r constraints.txt --no-deps --disable-pip --progress-spinner off -f json -o build/audit.json || true
	@$(BIN)/python .ci/dependencies.py audit build/audit.json

# What a user would take instead, in an environment of its own: it is measured beside this one.
$(PEERS)/.ready: constraints-peers.txt
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install -qq --disable-pip-version-check -c constraints-peers.txt dbt-core dbt-duckdb fastexcel pyarrow
	@touch $@

bench: $(VENV)/.ready-test $(PEERS)/.ready
	@$(BIN)/python benchmarks/run.py $(SIZE)

clean:
	rm -rf $(HOME_FOLDER) $(VENV) $(AUDIT) $(PEERS) $(MUTANTS) mutants

# Two commands for a newcomer: `make demo` and `make test`. Each does all its own set-up on a fresh Debian with Python,
# git and make; a second run finds the stamps below and is quick. `make check` = lint, types, contracts.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev

.PHONY: demo test check card clean help

help:
	@echo "make demo   installe crible et évalue les trois consultations d'exemple"
	@echo "make test   installe ce que demandent les tests et les lance"
	@echo "make check  lint, types, contrats d'import"
	@echo "make card   refait docs/card.svg, l'image du README"
	@echo "make clean  supprime l'environnement et les caches"

# A folder that `venv` has left half made (python3-venv missing) is removed, so that the next run starts clean.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || { \
	  echo "crible demande Python 3.11 à 3.13 ; ici : $$($(PYTHON) --version 2>&1). Essayer : make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Le module venv de Python manque. Sur Debian : apt-get install python3-venv" >&2; exit 1; }

$(RUN_STAMP): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

# Dependency groups (PEP 735) need pip 25.1.
$(DEV_STAMP): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev -e '.[all,notebook]'
	@touch $@ $(RUN_STAMP)

demo: $(RUN_STAMP)
	@$(BIN)/crible demo

test: $(DEV_STAMP)
	@.ci/system-packages
	$(BIN)/python -m pytest

check: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

card: $(RUN_STAMP)
	$(BIN)/python docs/make_card.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

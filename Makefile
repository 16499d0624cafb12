# `make run` starts the app, `make test` runs every test. Both set up what they need in .venv, once.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.txt

.PHONY: help run test quick floors lint format clean

help:
	@echo "make run     start the app in your browser (sets up $(VENV) the first time)"
	@echo "make test    run all tests, a process per core"
	@echo "make quick   the first case of each test that takes no seconds, without servers and browsers"
	@echo "make floors  the first case of each test that needs no app, with the lowest versions that pyproject.toml allows"
	@echo "make lint    ruff, mypy --strict and the import contracts"
	@echo "make format  let ruff rewrite what it can"
	@echo "make clean   remove $(VENV) and every cache"

run: $(VENV)/.run
	$(BIN)/python -m simulator app

# NumPy's own threads would only fight with the processes.
test: $(VENV)/.dev
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto

quick: $(VENV)/.dev
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --quick -m "not slow"

# Exactly the versions that the core's dependencies begin with, and no Streamlit.
floors:
	$(PYTHON) -m venv $(VENV)-floors
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' \
	| sed 's/>=/==/' > $(VENV)-floors/floors.txt
	$(VENV)-floors/bin/python -m pip install --quiet --disable-pip-version-check -r $(VENV)-floors/floors.txt \
	pytest pytest-xdist hypothesis playwright packaging hatchling
	PYTHONPATH=. OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(VENV)-floors/bin/python -m pytest -n auto --quick

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) $(VENV)-floors .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps say what is installed; they age when the lists of packages change.
$(VENV)/.run: $(BIN)/python pyproject.toml requirements.txt
	@echo "Installing the simulator into $(VENV) ..."
	$(PIP) --editable ".[app]"
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml requirements.txt
	@echo "Installing the simulator and its test tools into $(VENV) ..."
	$(PIP) --editable ".[dev]"
	@touch $@ $(VENV)/.run

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; \
	$(PYTHON) is %d.%d. Try: make PYTHON=python3.12 ..." % sys.version_info[:2])'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "On Debian or Ubuntu: sudo apt install python3-venv"; exit 1; }

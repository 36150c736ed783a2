# make run    opens the studio             make test   installs what tests need, runs every check
# make check  static checks only           make fmt    formats the code
# make bench  measures, writes benchmarks/results and the tables made from them
# make extension  packs the browser extension for Chrome and Firefox into dist/

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/.stamps
LOCK   := pyproject.toml constraints.txt

# The pins hold for the build tool too; the two names are those of older and newer versions of pip.
export PIP_CONSTRAINT       := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
PIP := $(BIN)/python -m pip install --quiet --constraint constraints.txt

TORCH := $(shell sed -n 's/^torch==/torch==/p' constraints.txt 2>/dev/null)

.PHONY: run test check bench fmt reference extension system clean
.DEFAULT_GOAL := run

run: $(STAMPS)/base
	$(BIN)/gezhi studio $(ARGS)

test: $(STAMPS)/test system check
	$(BIN)/python -m pytest $(ARGS)

check: $(STAMPS)/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

fmt: $(STAMPS)/test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

reference: $(STAMPS)/test
	$(BIN)/python docs/reference/generate.py
	$(BIN)/python -m gezhi.papers.javascript extension/src/engine/rules.js
	$(BIN)/python -m benchmarks.claims

bench: $(STAMPS)/test
	@test -n "$$GEZHI_DATA" || { \
	  echo "make bench needs the data sets: GEZHI_DATA=FOLDER make bench (see: gezhi data list)"; \
	  exit 1; }
	@for peers in benchmarks/peers/*.txt; do \
	  [ -e "$$peers" ] || continue; \
	  folder="$${peers%.txt}"; \
	  if [ ! -e "$$folder/.done" ] || [ "$$peers" -nt "$$folder/.done" ]; then \
	    $(PYTHON) -m venv "$$folder" && \
	    env -u PIP_CONSTRAINT -u PIP_BUILD_CONSTRAINT \
	      "$$folder/bin/python" -m pip install --quiet -r "$$peers" && touch "$$folder/.done" || exit 1; \
	  fi; \
	done
	@for peers in benchmarks/peers/*.list; do \
	  folder="$${peers%.list}"; \
	  if [ ! -e "$$folder/.done" ] || [ "$$peers" -nt "$$folder/.done" ]; then \
	    env -u PIP_CONSTRAINT -u PIP_BUILD_CONSTRAINT $(BIN)/python -m pip install --quiet --no-deps \
	      --upgrade --target "$$folder" -r "$$peers" && touch "$$folder/.done" || exit 1; \
	  fi; \
	done
	@test -e node_modules/identifiers-arxiv || npm ci --silent --no-audit --no-fund --ignore-scripts
	@for system in benchmarks/*.py; do \
	  case "$$system" in *__init__.py|*/claims.py|*/record.py) continue;; esac; \
	  name=$$(basename "$$system" .py); \
	  grep -q '__main__' "$$system" || continue; \
	  echo "benchmarks.$$name"; $(BIN)/python -m "benchmarks.$$name" || exit 1; \
	done
	$(BIN)/python -m benchmarks.claims

extension:
	@$(PYTHON) extension/build.py

system:
	@bash tests/system.sh

clean:
	rm -rf $(VENV) node_modules dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "gezhi needs Python 3.11 or newer with venv. On Debian: sudo apt install make python3-venv"; \
	  echo "Another Python is named so: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/base: $(STAMPS)/venv $(LOCK)
	$(PIP) --editable .
	@touch $@

# torch first and by its exact version: a range would bring another build of it.
$(STAMPS)/test: $(STAMPS)/venv $(LOCK)
	$(PIP) $(TORCH)
	$(PIP) --editable '.[train,tables,home,dev]'
	@touch $@ $(STAMPS)/base

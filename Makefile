# What a newcomer, a developer and an operator type; `make` alone lists it.
# Needs Python 3.11 or later and make. All that it makes (.venv, staticfiles, .secret_key, db.sqlite3 and what stands
# beside that) is ignored by git.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test lint audit bench runtime development

PORT ?= 8000
SEEDS ?= fixtures/seeds
ARGS ?=
N ?= 10000
RUNS ?= 5
ONLY ?=
OUT ?=
# The first of these that is new enough makes .venv.
PYTHON ?= python3 python3.11 python3.12 python3.13 python3.14 python

VENV := .venv
PY := $(VENV)/bin/python
MANAGE := $(PY) manage.py
PYTEST := $(PY) -m pytest -n 2
WITH_POSTGRESQL := $(PY) tests/services/with_postgresql.py
export PORT SEEDS

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# -- the environment: made once, and again only where requirements have changed in content

define NO_PYTHON
Newsdesk needs Python 3.11 or later; this is none: $(PYTHON)
Install one, or name it: make run PYTHON=/path/to/python3.11
endef
define NO_VENV
cannot make virtual environments: its module venv or ensurepip is missing.
On Debian and Ubuntu: apt install python3-venv
endef
export NO_PYTHON NO_VENV

$(VENV)/bin/python:
	@for name in $(PYTHON) ''; do \
		"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	done; \
	test "$$name" || { echo "$$NO_PYTHON" >&2; exit 1; }; \
	"$$name" -c 'import ensurepip, venv' 2>/dev/null || { echo "$$name $$NO_VENV" >&2; exit 1; }; \
	echo "Making $(VENV) with $$name …"; \
	"$$name" -m venv --clear $(VENV)

# $(call installed,FILES): the packages of these requirement files are in .venv. What was installed last is kept beside
# them, so that an unchanged file costs nothing, whatever git did to its date. A broken .venv is made again.
define installed
	@stamp='$(VENV)/$(lastword $(1)).installed'; \
	if ! cat $(1) | cmp -s - "$$stamp" 2>/dev/null || ! $(PY) -c '' 2>/dev/null; then \
		$(PY) -m pip --version >/dev/null 2>&1 || rm -rf $(VENV); \
		$(MAKE) --silent $(PY) || exit; \
		echo 'Installing $(1) …'; \
		$(PY) -m pip install --quiet --disable-pip-version-check $(addprefix -r ,$(1)) || exit; \
		cat $(1) > "$$stamp"; \
	fi
endef

runtime:
	$(call installed,requirements.txt)

development:
	$(call installed,requirements.txt requirements-s3.txt requirements-dev.txt)

# -- serving

# Django's admin brings static files too, so the requirements count.
STATIC_SOURCES := requirements.txt newsdesk/settings.py $(shell find articles/static fixtures/static -type f)
staticfiles/staticfiles.json: $(STATIC_SOURCES) | runtime
	@echo 'Collecting static files …'
	@$(MANAGE) collectstatic --noinput --verbosity 0
	@touch $@

define PORT_IS_FREE
import os, socket, sys
port = os.environ["PORT"]
if not (port.isdecimal() and 0 < int(port) < 65536):
    sys.exit(f"PORT is {port!r}; expected a number from 1 to 65535.")
with socket.socket() as free:
    free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        free.bind(("127.0.0.1", int(port)))
    except OSError as error:
        sys.exit(f"Port {port} of 127.0.0.1 cannot be used: {error.strerror}. Choose another: make run PORT=8001")
endef
export PORT_IS_FREE

run: runtime staticfiles/staticfiles.json ## serve the site on http://127.0.0.1:8000 (PORT=8001, SEEDS=folder, PYTHON=…)
	@$(PY) -c "$$PORT_IS_FREE"
	@$(MANAGE) migrate --verbosity 0
	@echo "Importing $$SEEDS …"
	@$(MANAGE) import_seeds "$$SEEDS" || { code=$$?; [ $$code = 1 ] && echo 'The rejected files are named above; all others are in.' \
		|| { echo "The import of $$SEEDS failed; nothing is served." >&2; exit $$code; }; }
	@$(MANAGE) create_editor
	@echo "Newsdesk is at http://127.0.0.1:$$PORT (Ctrl-C ends it)."
	@SITE_URL="$${SITE_URL:-http://127.0.0.1:$$PORT}" exec $(PY) -m gunicorn --bind "127.0.0.1:$$PORT" newsdesk.wsgi:application

# -- judging

# The database is named, so that the tests never meet the one that DATABASE_URL of this shell is about.
test: development ## run all tests on SQLite, then on PostgreSQL (ARGS='-k heat', REQUIRE_SERVICES=1, POSTGRES_URL=…)
	@$(WITH_POSTGRESQL) --check
	@echo 'On SQLite:'
	@DATABASE_URL=sqlite:///db.sqlite3 $(PYTEST) $(ARGS)
	@$(WITH_POSTGRESQL) --if-there $(PYTEST) -m 'not once' $(ARGS)

lint: development ## style, layers, templates, migrations, security of the settings
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --check --diff --quiet .
	@$(VENV)/bin/lint-imports
	@$(PY) -m djlint --check --quiet --profile=jinja templates/site || { $(PY) -m djlint --check --profile=jinja templates/site; exit 1; }
	@$(PY) -m djlint --check --quiet --exclude=templates/site templates || { $(PY) -m djlint --check --exclude=templates/site templates; exit 1; }
	@DATABASE_URL=sqlite://:memory: $(MANAGE) makemigrations --check --dry-run
	@DATABASE_URL=sqlite://:memory: SITE_URL=https://news.example $(MANAGE) check --deploy --fail-level WARNING

# The judges that come from npm; nothing that is served needs them.
JUDGES := tests/judges/node_modules
define NO_NPM
make audit needs Node and npm (https://nodejs.org/; on Debian and Ubuntu: apt install npm), Java and Chromium.
endef
export NO_NPM
$(JUDGES)/lighthouse/package.json: tests/judges/package-lock.json
	@command -v npm >/dev/null || { echo "$$NO_NPM" >&2; exit 1; }
	@echo 'Installing $(JUDGES) …'
	@npm ci --silent --prefix tests/judges
	@touch $@

audit: development staticfiles/staticfiles.json $(JUDGES)/lighthouse/package.json ## judge every kind of page: Lighthouse, axe, Nu, bytes, queries; the API; packages (OUT=table.md, RUNS=1, ONLY=article)
	@$(PY) -m tests.judges.audit --runs "$(RUNS)" --only "$(ONLY)" $(if $(OUT),--out "$(OUT)")
	@$(PY) -m pip_audit --local --strict --progress-spinner off

bench: runtime ## measure import, history, the desk, serving (wrk), searches and pictures with ../shared/bench (N=10000 files)
	@$(PY) benchmarks/importing.py $(N)
	@$(PY) benchmarks/history.py
	@$(PY) benchmarks/desk.py
	@$(PY) benchmarks/serving.py
	@$(PY) benchmarks/growth.py
	@$(WITH_POSTGRESQL) --if-there $(PY) benchmarks/growth.py --database postgresql
	@$(PY) benchmarks/search.py
	@$(PY) benchmarks/images.py 200

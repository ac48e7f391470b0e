# The only command surface. `make` alone prints this help.

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
SERVICES := identity applications notifications casemanager
MEMBERS := protos services/chassis $(SERVICES:%=services/%) gateway deploy/local
SOURCES := services gateway deploy tests protos
PROTOS := $(shell find protos/portico -name '*.proto')
STUBS := protos/build/portico.binpb
INSTALLED := .venv/installed
# What a service's own tests run beside it: casemanager commands the logins that identity keeps.
NEIGHBOURS_casemanager := ./services/identity
BUF_IMAGE := $(STUBS) --path portico --config protos/buf.yaml
# Every member's own name stays out of the lock: it is installed from its folder.
OWN := $(foreach name,protos chassis $(SERVICES) gateway local,--no-emit-package portico-$(name))

.DEFAULT_GOAL := help
.PHONY: help run test test-services test-together test-one chaos looks bench price check check-fast format protos documents lock release backup restore clean clean-data $(SERVICES:%=test-%) $(SERVICES:%=alone-%) $(SERVICES:%=test-alone-%)

help: ## print this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

run: $(INSTALLED) ## start the whole suite with demo data; Ctrl-C stops it, data stays in .local/; `make run TLS=1` serves https
	@exec $(BIN)/python -m local_stack run --data .local $(if $(TLS),--tls)

# Side by side, because each alone waits for much: but only when the environments are there, whose making writes the stubs.
test: $(SERVICES:%=alone-%) ## run every test, in parallel and random order
	@$(MAKE) --no-print-directory --keep-going --jobs=2 test-together $(SERVICES:%=test-alone-%)

test-services: $(SERVICES:%=test-%) ## run each service's tests with only that service installed, and the neighbours that its tests name

$(SERVICES:%=test-%): test-%: alone-%
	@$(MAKE) --no-print-directory test-alone-$*

$(SERVICES:%=alone-%): alone-%: $(INSTALLED)
	@$(UV) venv --quiet --allow-existing .venv/alone/$*
	@$(UV) pip install --quiet --python .venv/alone/$* --no-sources \
		--build-constraints requirements.lock --constraints requirements.lock \
		./protos ./deploy/local ./services/chassis './services/$*[test]' $(NEIGHBOURS_$*)

$(SERVICES:%=test-alone-%): test-alone-%:
	.venv/alone/$*/bin/python -m pytest -n 2 services/$*

test-together: $(INSTALLED) ## run the tests of the chassis, the gateway, the stack, and of everything together
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder services/chassis gateway deploy tests

test-one: $(INSTALLED) ## run one test, file or folder: make test-one T=services/applications/tests/test_service.py
	$(BIN)/python -m pytest $(or $(T),$(error Say which: make test-one T=path::name))

chaos: $(INSTALLED) ## kill, cut off and deceive the suite, 20 seeds for each fault, and count what was lost; `make chaos SEEDS=50` tries more
	CHAOS_SEEDS=$(or $(SEEDS),20) $(BIN)/python -m pytest -n 2 --dist loadfile tests/chaos

looks: $(INSTALLED) ## take pictures of every page in every state, on one sheet: build/looks/index.html; `make looks WHO=staff` takes some
	$(BIN)/python -m tests.e2e.contact_sheet $(WHO)

bench: $(INSTALLED) ## measure what the suite costs beside bare code, about two hours on an idle machine
	$(BIN)/python -m tests.load run

price: ## count what a change cost by hand: make price FROM=main~3 TO=main
	@$(PYTHON) -m tests.contract.price $(or $(FROM),$(error Say from where: make price FROM=main~1 TO=main)) $(or $(TO),HEAD)

# Nothing is released yet: from the first `make release` on, `check` compares with what it wrote.
check: $(INSTALLED) ## format, lint, types, import walls, contract, generated documents
	$(BIN)/ruff format --check --quiet $(SOURCES)
	$(BIN)/ruff check --quiet $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	$(BIN)/python -m tests.contract.rooms
	$(BIN)/buf format --diff --exit-code protos
	$(BIN)/buf lint $(BUF_IMAGE)
	$(if $(wildcard protos/released.binpb.gz),$(BIN)/buf breaking $(BUF_IMAGE) --against protos/released.binpb.gz)
	$(BIN)/python -m gateway openapi --check gateway/openapi.json
	$(BIN)/python -m portal words --check

check-fast: $(INSTALLED) ## what is quick of check: format and lint of what differs from the last commit, types, import walls
	@git diff --name-only --diff-filter=d -z HEAD -- '*.py' > .venv/changed
	@git ls-files --others --exclude-standard -z '*.py' >> .venv/changed
	xargs -0 -r $(BIN)/ruff format --check --quiet --force-exclude < .venv/changed
	xargs -0 -r $(BIN)/ruff check --quiet --force-exclude < .venv/changed
	$(BIN)/mypy $(SOURCES)
	$(BIN)/python -m tests.contract.rooms

format: $(INSTALLED) ## format the code and the protos
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/buf format --write protos

protos: $(STUBS) ## build the stubs and the descriptor set from the protos

documents: $(INSTALLED) ## make the generated documents again, and bring new words into the catalogues
	$(BIN)/python -m gateway openapi --out gateway/openapi.json
	$(BIN)/python -m portal words

lock: ## pin the dependencies; `make lock NEWEST=--upgrade` takes the newest version of each
	$(UV) pip compile --quiet $(NEWEST) --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--all-extras --group dev $(MEMBERS:%=%/pyproject.toml) $(OWN) --output-file requirements.lock

release: $(STUBS) ## declare the present contract released: from now on `make check` refuses to break it
	$(BIN)/buf build $(STUBS) --exclude-source-info --output protos/released.binpb.gz

backup: $(INSTALLED) ## write all that `make run` has stored, and the keys, into FILE, also while it runs: make backup FILE=portico.tar.gz
	@$(BIN)/python -m local_stack backup --data .local "$(or $(FILE),$(error Say which file: make backup FILE=portico.tar.gz))"

restore: $(INSTALLED) ## make .local/ from such a FILE, when there is none
	@$(BIN)/python -m local_stack restore --data .local "$(or $(FILE),$(error Say which file: make restore FILE=portico.tar.gz))"

clean-data: ## forget what `make run` has stored
	@$(BIN)/python -m local_stack forget --data .local

clean: ## forget everything that was built
	rm -rf .venv protos/build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(STUBS): $(PROTOS) $(wildcard protos/*.py) .venv/synced
	$(BIN)/python protos/build_stubs.py

$(INSTALLED): .venv/synced $(STUBS) $(MEMBERS:%=%/pyproject.toml)
	@echo "Installing Portico itself …"
	@$(UV) pip install --quiet --python .venv --no-deps --no-build-isolation $(MEMBERS:%=--editable ./%)
	@touch $@

.venv/synced: requirements.lock
	@echo "Installing what Portico needs into .venv: a minute or two, the first time …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@awk '/^[^ ]/ {ours = /^uv==/} ours' requirements.lock > .venv/uv.txt
	@test -x $(UV) || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement .venv/uv.txt
	@$(UV) pip sync --quiet --compile-bytecode --python .venv --require-hashes requirements.lock
	@touch $@

# The few verbs of the project; CI calls the same ones.
PYTHON ?= python3.11
BIN := .venv/bin
CORES := --numprocesses auto --dist loadfile

GATED := geo_direction
TRAINED_ON := runs/gate/dataset
gate-actor_role gate-geo_direction: TRAINED_ON := [runs/gate/dataset, {path: data/contrast, auxiliary: true}]

CONSUMER := examples/consumer

.PHONY: setup quickstart test test-fast check gate gate-data consumer consumer-setup lock

setup: .venv/.installed

.venv/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

quickstart: setup
	$(BIN)/wiretag quickstart

test: setup
	$(BIN)/python -m pytest $(CORES)

test-fast: setup
	$(BIN)/python -m pytest -m "not slow and not hypothesis" $(CORES)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Small fixed models against the accepted reports; GATED="event_type actor_role geo_direction" for
# all tasks. After a change that is meant to change them:
# rm evaluation/accepted/*-tfidf.json && make gate GATE=--update
gate: $(GATED:%=gate-%)

gate-data: setup
	$(BIN)/wiretag data build data/corpus --out runs/gate/dataset

gate-%: gate-data
	$(BIN)/wiretag train configs/$*/tfidf.yaml 'data=$(TRAINED_ON)' out=runs/gate
	$(BIN)/wiretag evaluate runs/gate/$*-tfidf/artifact --behaviour --runs runs/gate \
		--data runs/gate/dataset/sentences/test.jsonl --report runs/gate/$*.json
	$(BIN)/wiretag gate runs/gate/$*.json evaluation/accepted/$*-tfidf.json --runs runs/gate \
		--markdown runs/gate/$*.md --junit runs/gate/$*.xml $(GATE)

# An exported model in services that are not ours: make consumer ARTIFACT=quickstart/artifacts/…
consumer: consumer-setup
	$(CONSUMER)/python/.venv/bin/python -I $(CONSUMER)/python/tag.py $(ARTIFACT)
	node $(CONSUMER)/node/tag.mjs $(ARTIFACT)

consumer-setup: $(CONSUMER)/python/.venv/.installed $(CONSUMER)/node/node_modules/.installed

$(CONSUMER)/python/.venv/.installed: $(CONSUMER)/python/requirements.txt constraints.txt
	test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --constraint constraints.txt --requirement $<
	touch $@

$(CONSUMER)/node/node_modules/.installed: $(CONSUMER)/node/package-lock.json
	cd $(CONSUMER)/node && npm ci --silent
	touch $@

# After a change of the dependencies: the pins that everybody installs.
lock: setup
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --upgrade --extra dev --strip-extras --no-header --annotation-style=line \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
		--output-file constraints.txt pyproject.toml
	sed -i 's/+cpu//' constraints.txt

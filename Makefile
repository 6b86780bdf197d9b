# Edgewright: each target is a line a person could type once `make setup` has run.
#
# What a target needs is made in .venv first: a virtual environment, the pinned uv (.ci/uv.txt) and every
# dependency by its hash (requirements.lock). A stamp is written when a step is through, so that the next
# call starts at once and an interrupted one begins that step again. Caches stay where pip and uv keep them.

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
MADE := .venv/.made
READY := .venv/.ready
PROGRAMS := registry cosign kyverno
BUILT := $(PROGRAMS:%=build/tools/%)
PEERS := benchmarks/.venv/.ready benchmarks/mlserver-env/.venv/.ready
CLIENTS := tests/clients/.venv/.ready
BUILDERS := .venv/.builders

# The first stamp says for which folder .venv was made and with which uv. Where it says something else, or
# its Python does not run (moved here, system upgraded, made by somebody else), .venv is made anew.
STAMP := $(CURDIR) $(shell cat .ci/uv.in)
ifneq ($(shell $(BIN)/python -c 'print(open("$(MADE)").read())' 2>/dev/null),$(STAMP))
.PHONY: $(MADE)
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

.PHONY: help
help: ## show this list
	@echo "Edgewright: one fleet.yaml in, everything an edge-AI fleet runs out."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

.PHONY: render
render: $(READY) ## turn the example fleet into manifests and policies, in rendered/
	$(BIN)/edgewright render --unlocked --out rendered

.PHONY: test
test: tools $(CLIENTS) $(BUILDERS) ## run every test (the first time builds the real tools that they run)
	$(BIN)/pytest -n 2

.PHONY: lint
lint: $(READY) ## check style, format, types and which floor imports which
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy components runtime_images tests $(wildcard benchmarks examples models stacks tools)
	$(BIN)/mypy --python-version 3.10 runtime_images
	$(BIN)/lint-imports

.PHONY: bench
bench: tools $(PEERS) $(CLIENTS) $(BIN)/oras ## compare with other tools and show the time of each floor
	$(BIN)/python benchmarks/run.py $(BENCH)

.PHONY: goldens
goldens: $(READY) ## write the expected outputs of the tests anew: read the diff before you commit it
	$(BIN)/pytest --update-goldens

.PHONY: schema
schema: $(READY) ## write fleet.schema.json anew
	$(BIN)/edgewright schema --out fleet.schema.json

# What policies, signatures and registries are tried with: built once into build/tools/, and linked to beside
# Python, where it is found. Whatever it takes longest to build comes last, for who watches.
.PHONY: tools
tools: $(BUILT) ## build Kyverno, cosign and a registry from their locked modules (13 minutes, once)
	@for program in $(PROGRAMS); do ln -sf ../../build/tools/$$program $(BIN)/$$program; done

build/tools/registry: tools/distribution/go.mod tools/distribution/go.sum | $(READY)
	@$(BIN)/python tools/build.py registry $@

build/tools/cosign: tools/cosign/go.mod tools/cosign/go.sum | $(READY)
	@$(BIN)/python tools/build.py cosign $@

build/tools/kyverno: tools/kyverno/go.mod tools/kyverno/go.sum | $(READY)
	@$(BIN)/python tools/build.py kyverno $@

.PHONY: fmt
fmt: $(READY) ## format the code and fix what can be fixed by itself
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

# UPGRADE=--upgrade takes the newest versions; without it, the locks change as little as they must. Each lock
# keeps the command that made it in its first lines: Renovate reads it there, and knows the `--x=y` form only.
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --python-version=3.11

.PHONY: lock
lock: $(READY) ## write requirements.lock anew from pyproject.toml (newest versions: UPGRADE=--upgrade)
	$(COMPILE) $(UPGRADE) --extra=grpc --extra=models --extra=otel --extra=publish --extra=pulumi --group=dev --output-file=requirements.lock pyproject.toml runtime_images/pyproject.toml
	$(COMPILE) $(UPGRADE) --output-file=runtime_images/requirements.lock runtime_images/pyproject.toml
	$(COMPILE) $(UPGRADE) --output-file=runtime_images/build.lock runtime_images/build.in
	$(COMPILE) $(UPGRADE) --extra=grpc --extra=otel --output-file=runtime_images/cpu/requirements.lock runtime_images/pyproject.toml runtime_images/cpu/requirements.in
	$(COMPILE) $(UPGRADE) --extra=grpc --extra=otel --override=runtime_images/other-onnxruntime.txt --output-file=runtime_images/openvino/requirements.lock runtime_images/pyproject.toml runtime_images/openvino/requirements.in
	$(COMPILE:3.11=3.12) $(UPGRADE) --extra=grpc --extra=otel --override=runtime_images/other-onnxruntime.txt --output-file=runtime_images/cuda13/requirements.lock runtime_images/pyproject.toml runtime_images/cuda13/requirements.in
	$(COMPILE:3.11=3.12) $(UPGRADE) --extra=grpc --extra=otel --override=runtime_images/other-onnxruntime.txt --output-file=runtime_images/tensorrt-cuda13/requirements.lock runtime_images/pyproject.toml runtime_images/tensorrt-cuda13/requirements.in
	$(COMPILE:3.11=3.10) $(UPGRADE) --extra=grpc --extra=otel --override=runtime_images/other-onnxruntime.txt --output-file=runtime_images/tensorrt-jetpack6/requirements.lock runtime_images/pyproject.toml runtime_images/tensorrt-jetpack6/requirements.in
	$(COMPILE:3.11=3.10) $(UPGRADE) --output-file=runtime_images/tensorrt-jetpack6/build.lock runtime_images/tensorrt-jetpack6/build.in
	$(COMPILE) $(UPGRADE) --output-file=.ci/uv.txt .ci/uv.in
	$(COMPILE) $(UPGRADE) --output-file=benchmarks/requirements.lock benchmarks/requirements.in
	$(COMPILE) $(UPGRADE) --output-file=benchmarks/mlserver-env/requirements.lock benchmarks/mlserver-env/requirements.in
	$(COMPILE) $(UPGRADE) --output-file=tests/clients/requirements.lock tests/clients/requirements.in

.PHONY: setup
setup: $(READY) ## make .venv, which the other targets do by themselves

.PHONY: clean
clean: ## remove what the other targets made, .venv included
	rm -rf .venv benchmarks/.venv benchmarks/mlserver-env/.venv tests/clients/.venv build rendered dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find components tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# Where a system's Python comes without ensurepip (Debian's python3 without python3-venv), its pip does.
$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Edgewright needs Python 3.11 or newer, and $(PYTHON) is older or not there: make PYTHON=/path/to/python3.11 …" >&2; \
	  exit 1; }
	@echo "[1/3] making .venv"
	@rm -rf .venv
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then $(PYTHON) -m venv .venv; \
	else $(PYTHON) -m venv --without-pip .venv && $(PYTHON) -m pip --version >/dev/null 2>&1 || { \
	  echo "$(PYTHON) has neither ensurepip nor pip. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; fi
	@echo "[2/3] installing uv, which installs the rest"
	@pip="$(BIN)/python -m pip"; $$pip --version >/dev/null 2>&1 || pip="$(PYTHON) -m pip --python $(BIN)/python"; \
	$$pip install --disable-pip-version-check --require-hashes --only-binary :all: -r .ci/uv.txt
	@printf %s "$(STAMP)" > $@

$(READY): $(MADE) requirements.lock pyproject.toml runtime_images/pyproject.toml
	@echo "[3/3] installing requirements.lock"
	@$(UV) pip sync --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable . --editable runtime_images
	@touch $@

# What Edgewright is compared with, and the clients that its server is asked by, have dependencies of their own,
# which must not meet ours.
%/.venv/.ready: %/requirements.lock | $(READY)
	@echo "installing $<"
	@$(UV) venv --quiet --clear --python $(BIN)/python $*/.venv
	@$(UV) pip sync --python $*/.venv/bin/python --require-hashes --compile-bytecode $<
	@touch $@

# What the client of registries is compared with.
$(BIN)/oras: tools/oras/go.mod tools/oras/go.sum | $(READY)
	@echo "building oras (a minute)"
	@cd tools/oras && go build -trimpath -buildvcs=false -ldflags="-s -w" -o $(CURDIR)/$@ oras.land/oras/cmd/oras
	@touch $@

# What builds and runs an image comes from Debian; where we may not install it, tests that need it say so.
$(BUILDERS): runtime_images/debian.txt | $(READY)
	@packages="$$(sed 's/#.*//' $<)"; \
	if dpkg --status $$packages >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing $<"; \
	  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $$packages; } >.venv/.builders.log 2>&1 \
	    || echo "apt-get could not (.venv/.builders.log); tests of the image will be skipped" >&2; \
	else echo "not root, or no apt-get: tests of the image are skipped without $$(echo $$packages)" >&2; fi
	@touch $@

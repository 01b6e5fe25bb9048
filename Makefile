# make demo: a company's AI cost in one command.  make test: every check.  Both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test bench docs lock clean
demo: $(VENV)/.core
	$(BIN)/outlay demo .demo

test: $(VENV)/.dev
	scripts/check

bench: $(VENV)/.dev
	scripts/peers
	$(BIN)/python -m benchmarks

docs: $(VENV)/.dev
	$(BIN)/zensical build --strict

$(VENV)/.core: requirements/core.txt pyproject.toml
	scripts/setup core

$(VENV)/.dev: requirements/core.txt requirements/dev.txt pyproject.toml
	scripts/setup dev

lock: $(VENV)/.dev
	scripts/lock

clean:
	rm -rf $(VENV) .demo site

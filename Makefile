# Everything that a person or CI does with this repository, by name. `make` lists it.
# Rust and Node are expected; Debian packages are installed through apt where a test needs them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO ?= cargo
ADDR ?= 127.0.0.1:8080
DATA ?= data
export CARGO_TERM_COLOR ?= auto

.PHONY: help run serve build web test check lint unit soak simulate content web-test e2e bench fuzz docs clean deps

help: ## list what there is
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: web ## build and start the demo: real alerts, replayed vendors, one page to look at
	$(CARGO) run --release -p updraft -- serve --demo --listen $(ADDR) --data $(DATA)

serve: web ## build and start for production use, without demo data
	$(CARGO) run --release -p updraft -- serve --listen $(ADDR) --data $(DATA)

build: web ## the release binary in target/release/updraft
	$(CARGO) build --release -p updraft

web: web/dist/index.html ## the pages, embedded in the binary

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(shell find web/src web/index.html web/vite.config.ts -type f 2>/dev/null)
	cd web && npm run build

deps: ## what the tests need beside Rust and Node: Chromium and PostgreSQL (as root, through apt)
	@scripts/test-deps.sh

check: lint test ## all that CI does

lint: ## formatting and clippy
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

test: deps web unit web-test e2e ## every test: Rust, content, a short simulation, pages, browser

# Every run of the property tests draws the same cases, so that a commit's result does not depend on luck.
unit: export PROPTEST_RNG_SEED = 20260101
unit: web ## Rust tests, content tests and the checks of the tree
	$(CARGO) test --workspace --locked

# The crates that have property tests.
SOAK = cases connector content expr ingest intel
CASES ?= 20000

soak: ## the property tests with new random cases each time; CASES=20000 of each
	PROPTEST_CASES=$(CASES) PROPTEST_MAX_SHRINK_TIME=60000 $(CARGO) test --locked $(SOAK:%=-p updraft-%) --test it

SEEDS ?= 10000

simulate: ## random playbooks in a world that fails, through machine and driver; SEEDS=10000 of each
	ENGINE_SEEDS=$(SEEDS) $(CARGO) test --release --locked -p updraft-engine --test it simulation -- --nocapture
	SIM_SEEDS=$(SEEDS) $(CARGO) test --release --locked -p updraft-app --test it simulation -- --nocapture

web-test: web/node_modules/.package-lock.json ## front-end types, lint and unit tests
	cd web && npm run check && npm test

e2e: web ## the real binary in a real browser
	$(CARGO) build --locked -p updraft
	cd web && npm run e2e

bench: web ## the published figures: see docs/performance.md
	$(CARGO) build --release --locked -p updraft -p updraft-testkit --features updraft-testkit/server
	$(CARGO) run --release --locked -p updraft -- bench
	$(CARGO) run --release --locked -p updraft-testkit --features server --bin load -- run

fuzz: ## a minute of every fuzz target (needs a nightly toolchain and cargo-fuzz)
	cd fuzz && for target in $$($(CARGO) +nightly fuzz list); do mkdir -p corpus/$$target && \
		$(CARGO) +nightly fuzz run $$target corpus/$$target seeds/$$target -- -max_total_time=60 -timeout=10 -rss_limit_mb=2048 || exit 1; done

docs: ## the generated reference pages and the OpenAPI document
	$(CARGO) run -p updraft -- docs --write

clean: ## forget everything built
	rm -rf target web/dist web/node_modules

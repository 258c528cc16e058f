# Every target does all of its own set-up, in .venv; what each does is written in tools/.

PORT ?= 8080
export PORT

.DEFAULT_GOAL := help
.PHONY: help run test check bench bench-media bench-calls bench-page bench-board bench-cluster generate format install web clean

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile | expand -t 20

run: ## serve the demo on http://127.0.0.1:8080 (PORT=... for another), until Ctrl-C
	@tools/run

test: ## run every test (PYTEST_ARGS="-k chat" for some)
	@tools/test

check: ## lint, types, who may import whom, generated files
	@tools/check

bench: install ## measure the server beside others on this machine (under ten minutes)
	@.venv/bin/python -m loadtests compare $(BENCH_ARGS)

bench-media: install ## measure what calls cost, beside Janus and aiortc (about five minutes)
	@tools/system-packages bench
	@mkdir -p build/bench
	@.venv/bin/python -m loadtests media --publishers 6 --subscribers 24 --compare janus \
		--report build/bench/media-6x24.html $(BENCH_ARGS)
	@.venv/bin/python -m loadtests media --publishers 2 --subscribers 2 --compare mediarelay \
		--report build/bench/media-2x2.html $(BENCH_ARGS)
	@.venv/bin/python -m loadtests media --publishers 8 --subscribers 60 \
		--report build/bench/media-8x60.html $(BENCH_ARGS)

bench-calls: install ## measure what people wait for in calls, in real browsers (about six minutes)
	@tools/system-packages
	@.venv/bin/python -m tests.browser.measure_calls

bench-page: install ## measure a first visit on a slow line, and a long chat, on an old laptop (about three minutes)
	@tools/system-packages
	@.venv/bin/python -m tests.browser.measure_page $(BENCH_ARGS)
	@.venv/bin/python -m tests.browser.measure_long_chat

bench-board: install ## measure what a shared board costs (about five minutes)
	@mkdir -p build/bench
	@.venv/bin/python -m loadtests run board --report build/bench/board.html $(BENCH_ARGS)

bench-cluster: install ## measure what many processes cost (about eleven minutes)
	@tools/system-packages
	@mkdir -p build/bench
	@.venv/bin/python -m loadtests run cluster --report build/bench/cluster.html $(BENCH_ARGS)

generate: install ## write what follows from the sources anew: TypeScript types, docs/asyncapi.json, docs/openapi.json
	@.venv/bin/python -m rtserver.schema

format: install ## format the sources and repair what can be repaired
	@.venv/bin/python -m ruff check --quiet --fix-only
	@.venv/bin/python -m ruff format --quiet
	@.venv/bin/python hatch_build.py npm --silent run format

install: ## make .venv with everything for development
	@tools/venv dev

web: ## build the page into rtserver/static
	@tools/web

clean: ## remove what the other targets have made, but not ./data
	rm -rf .venv build dist rtserver/static web/node_modules
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find rtserver rooms signaling media loadtests tests -name __pycache__ -prune -exec rm -rf {} +

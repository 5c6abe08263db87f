.PHONY: help test lint types layers format check bench pictures
help:  ## list the tasks
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'
test:  ## run the tests
	pytest
lint:  ## check style
	ruff check . && ruff format --check .
types:  ## check types
	mypy
layers:  ## check that imports only go down
	lint-imports
format:  ## put the code into the house style
	ruff check --fix . && ruff format .
check: lint types layers test  ## everything that CI runs
bench:  ## time whole commands with the bundled model
	python -m benchmarks.start_time
pictures:  ## make the README's pictures anew, from a run of the bundled model
	docs/pictures.sh

# make run    the paper's analysis, into results/        make test   lint, types, floors and tests
# make lint   ruff, mypy, import-linter                  make bench  speed and memory
# make setup  the .venv alone                            make check-all  the slow tests too
# make lock   resolve the pinned versions again
#
# Each sets up what it needs and does nothing twice. Only python3 (3.12 or later) is asked for;
# another one: make PYTHON=python3.13 test

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.set-up
LOCKS := requirements-uv.lock requirements.lock
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode

# Without cached bytecode every import takes three to four times longer.
unexport PYTHONDONTWRITEBYTECODE
# One thread for each process: the last digit of a sum does not depend on the number of cores,
# and the tests' two processes do not fight over them.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

.DELETE_ON_ERROR:
.PHONY: run test lint bench check-all setup lock

run: setup
	$(BIN)/metaprop run

test: lint
	$(BIN)/pytest --numprocesses 2 --dist loadgroup

check-all: lint
	$(BIN)/pytest --numprocesses 2 --dist loadgroup -m "slow or not slow"

lint: setup
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: setup
	for script in benchmarks/bench_*.py; do $(BIN)/python $$script || exit 1; done

setup: $(STAMP)

# pip installs uv and nothing else, by hash, into the new environment; uv installs the locked rest.
# `--require-hashes` refuses the project itself, so that comes last, from parts already locked.
$(STAMP): $(LOCKS) pyproject.toml .python-version
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 12) else "metaprop needs Python 3.12 or later: make PYTHON=python3.13")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-uv.lock
	$(UV) --require-hashes -r requirements.lock
	$(UV) --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q src
	@touch $@

lock:
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.12 --generate-hashes --no-annotate --custom-compile-command "make lock" --quiet --output-file requirements.lock
	echo uv | $(BIN)/uv pip compile - --universal --generate-hashes --no-annotate --custom-compile-command "make lock" --quiet --output-file requirements-uv.lock

# Everything runs in .venv, made here, with the wheel that users get installed in it (built in release mode, not editable).
#   make demo        train on the bundled text, encode held-out text, compare with SentencePiece
#   make test        every test (Rust, Python); with ../shared or BYTEPIECE_SHARED also against bytepiece 0.6.3
#   make test-full   the whole grids instead of every pair of values
#   make lint        formatting, lints, types, stubs
#   make ci          lint and test
#   make test-torch  tests in torch's DataLoader, in an environment of their own (.venv-torch, several GB)
#   make test-free-threaded  compiles for CPython without a GIL; tests there if FREE_THREADED (python3.14t) exists
#   make fuzz        random cases against the naive twins for FUZZ_SECONDS (60)
#   make bench       the figures of the README into bench/out
#   make instructions  instructions a byte of the hot paths under valgrind, compared with bench/record
PYTHON ?= python3
CARGO ?= cargo
BIN := .venv/bin
TESTS ?= tests
PYTEST_FLAGS ?=
FREE_THREADED ?= $(firstword $(foreach name,python3.14t python3.13t,$(shell command -v $(name))))
FUZZ_SECONDS ?= 60
FUZZ := --manifest-path rust/fuzz/Cargo.toml --target-dir target/fuzz

# One interpreter for every build, or PyO3 is rebuilt whenever it changes.
export PYO3_PYTHON := $(CURDIR)/$(BIN)/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

SOURCES := $(shell find rust python -type f -not -name '*.pyc' -not -name '*.so' -not -path '*/target/*' -not -path '*/fuzz/*') \
	Cargo.toml Cargo.lock pyproject.toml README.md

.PHONY: demo test test-full test-rust lint format ci bench clean build tools \
	test-torch test-free-threaded fuzz instructions
.DELETE_ON_ERROR:

demo: .venv/.wheel .venv/.peers
	$(BIN)/bytepiece demo

test: test-rust .venv/.wheel
	$(BIN)/python -m pytest -q -m "not full" $(PYTEST_FLAGS) $(TESTS)

test-full: test-rust .venv/.wheel
	$(BIN)/python -m pytest -q -m "full or not full" $(PYTEST_FLAGS) $(TESTS)

test-rust: .venv/.tools
	$(CARGO) test --workspace --quiet

test-torch: .venv-torch/.made .venv/.wheel
	.venv-torch/bin/python -m pip install -q --force-reinstall --no-deps target/wheels/bytepiece-*.whl
	.venv-torch/bin/python -m pytest -q -rs $(PYTEST_FLAGS) tests/test_torch.py

# No abi3 there: one wheel for the one interpreter. `-X gil=0` would hide a module that asks for the GIL, so it is not set.
test-free-threaded: .venv/.tools
	PYO3_CONFIG_FILE=$(CURDIR)/rust/py/free_threaded.pyo3 \
	  $(CARGO) clippy --package bytepiece-py --quiet --target-dir target/free-threaded -- -D warnings
ifeq ($(FREE_THREADED),)
	@echo "make: tests without a GIL are skipped: no python3.14t or python3.13t here; say make $@ FREE_THREADED=..."
else
	rm -rf .venv-free target/free-threaded/wheels
	$(FREE_THREADED) -m venv .venv-free
	$(BIN)/maturin build --release --quiet --locked --interpreter .venv-free/bin/python --out target/free-threaded/wheels
	.venv-free/bin/python -m pip install -q --group free-threaded target/free-threaded/wheels/bytepiece-*.whl
	.venv-free/bin/python -m pytest -q -rs $(PYTEST_FLAGS) $(TESTS)
endif

fuzz:
	$(CARGO) run --quiet --release $(FUZZ) -- --seconds $(FUZZ_SECONDS)

lint: .venv/.wheel
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --quiet -- -D warnings
	$(CARGO) fmt --manifest-path rust/fuzz/Cargo.toml --check
	$(CARGO) clippy $(FUZZ) --quiet --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc -p bytepiece-core --no-deps --quiet
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest bytepiece._bytepiece

format: .venv/.tools
	$(CARGO) fmt --all
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

ci:
	$(MAKE) lint
	$(MAKE) test

bench: .venv/.wheel .venv/.peers
	$(BIN)/python -m bench run --output bench/out/record.json
	$(BIN)/python -m bench table bench/out/record.json

instructions: .venv/.wheel
	$(BIN)/python -m bench instructions

build: .venv/.wheel

tools: .venv/.tools

clean:
	rm -rf .venv .venv-torch .venv-free target bench/out demo-out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment: made anew when the interpreter in it is gone.
.venv/.made:
	@command -v $(PYTHON) >/dev/null || { echo "make: no $(PYTHON): install Python 3.10 or later, or say make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "make: $(PYTHON) is $$($(PYTHON) -V 2>&1), Python 3.10 or later is needed; say make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "make: $(PYTHON) has no venv; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@command -v $(CARGO) >/dev/null || { echo "make: no $(CARGO): install Rust from https://rustup.rs" >&2; exit 1; }
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --upgrade pip
	@touch $@

.venv/.tools: .venv/.made pyproject.toml
	$(BIN)/python -m pip install -q --group dev
	@touch $@

.venv/.peers: .venv/.tools
	$(BIN)/python -m pip install -q --group bench
	@touch $@

# of its own, since it is 5 GB where torch comes with the libraries of CUDA; pip's settings choose another index
.venv-torch/.made: pyproject.toml
	rm -rf .venv-torch
	$(PYTHON) -m venv .venv-torch
	.venv-torch/bin/python -m pip install -q --upgrade pip
	.venv-torch/bin/python -m pip install -q --group torch
	@touch $@

.venv/.wheel: .venv/.tools $(SOURCES)
	rm -f target/wheels/bytepiece-*.whl
	$(BIN)/maturin build --release --quiet --locked --interpreter $(BIN)/python --out target/wheels
	$(BIN)/python -m pip install -q target/wheels/bytepiece-*.whl
	$(BIN)/python -m pip install -q --force-reinstall --no-deps target/wheels/bytepiece-*.whl
	@touch $@

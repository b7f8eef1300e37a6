# The two commands: `make demo` and `make test`. Both set up what is missing and can be run again.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT := out
UV := UV_PYTHON_DOWNLOADS=never $(BIN)/uv

.PHONY: demo test bench lint format clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.synced
	@sh .ci/qt-libraries $(if $(DISPLAY)$(WAYLAND_DISPLAY),display)
	@mkdir -p $(OUT)
	@rm -rf $(OUT)/demo.duckdb*
	@$(BIN)/attribench demo $(OUT)/demo.duckdb
	@sh .ci/show-demo $(BIN)/attribench $(OUT)

test: $(VENV)/.synced
	@sh .ci/qt-libraries
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto -m "not bench"

bench: $(VENV)/.synced
	$(BIN)/python -m tests.benchmarks

lint: $(VENV)/.synced
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

format: $(VENV)/.synced
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) $(OUT)

# uv comes from pip into the environment, and installs exactly what uv.lock names.
$(VENV)/.synced: pyproject.toml uv.lock $(BIN)/uv
	@$(UV) sync --frozen --inexact --quiet --compile-bytecode
	@touch $@

$(BIN)/uv:
	@sh .ci/bootstrap "$(PYTHON)" "$(VENV)"

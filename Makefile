# The commands of README.md, by name.
.PHONY: demo test check bench fuzz

demo:
	python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt ".[fast]" && .venv/bin/catforensics demo

test:
	python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e ".[dev]" && .venv/bin/python -m pytest -n auto

check:
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/lint-imports

bench:
	for script in benchmarks/check_*.py benchmarks/bench_*.py; do .venv/bin/python $$script || exit 1; done

fuzz:
	.venv/bin/python benchmarks/fuzz.py --keep fuzz-faults

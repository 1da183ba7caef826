# The commands of README.md, by name.
.PHONY: demo test test-all check docs notebooks bench evaluation fuzz

demo:
	python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt ".[heif,http]" && .venv/bin/catforensics demo

test:
	python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e ".[dev]" && .venv/bin/python -m pytest -n auto

# Every test, also those that take seconds, as .ci/run does.
test-all:
	.venv/bin/python -m pytest -n auto -m ""

check:
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/python -m numpydoc lint $$(git ls-files 'forensics/*.py') && .venv/bin/codespell && .venv/bin/mypy && .venv/bin/lint-imports

docs:
	.venv/bin/pip install -q -c constraints.txt -e ".[docs]" && .venv/bin/python -m sphinx -W --keep-going -q docs build/docs

notebooks:
	.venv/bin/python -m pytest --nbmake --nbmake-timeout=90 --overwrite notebooks

bench:
	for script in benchmarks/check_*.py benchmarks/bench_*.py; do .venv/bin/python $$script || exit 1; done

evaluation:
	.venv/bin/python benchmarks/evaluate.py

fuzz:
	.venv/bin/python benchmarks/fuzz.py --keep fuzz-faults

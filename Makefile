# One gate for people and CI. Each target is a script in scripts/, which says more in its first lines.
PY := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench lock format clean

help: ## this list 帮助
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: ## everything that `make demo` needs, from nothing 安装
	@scripts/setup.sh demo

demo: setup ## a believable ANSO in your browser; Ctrl-C stops it (PORT=8000) 演示
	@$(PY) scripts/demo.py

test: ## the whole suite on SQLite and on PostgreSQL + Redis 测试
	@scripts/setup.sh test
	@$(PY) scripts/test.py $(ARGS)

check: ## formatting, types, layers, catalogues, migrations, diagrams 检查
	@scripts/setup.sh check
	@$(PY) scripts/check.py $(ARGS)

bench: ## speed and size, as ratios to the simplest page (ARGS=name) 测速
	@scripts/setup.sh test
	@$(PY) scripts/services.py run $(PY) -m bench $(ARGS)

lock: ## requirements.lock from pyproject.toml 锁定依赖
	@$(PY) scripts/lock.py

format: ## put Python and templates into shape 格式化
	@.venv/bin/ruff check -q --fix . ; .venv/bin/ruff format -q .
	@git ls-files '*.html' | xargs -r .venv/bin/djade --target-version 5.2

clean: ## remove what was made, demo data included; keeps .venv 清理
	@rm -rf var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

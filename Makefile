# From a bare checkout: `make run` opens the Studio, `make test` runs every test.
# Needs Python 3.11 or newer. Works with the make that macOS brings (3.81).

SHELL := /bin/sh
VENV := .venv
PYTHON := $(VENV)/bin/python
ARGS ?=

QT_PACKAGES := libglib2.0-0 libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 \
	libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxkbcommon-x11-0 libxcb-shape0
SCREEN_PACKAGES := xvfb xauth
XVFB := xvfb-run -a -s "-screen 0 1440x900x24"

# No screen: Linux with neither X11 nor Wayland.
NO_DISPLAY := $(shell [ "$$(uname)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ] && echo yes)
# A picture needs a real screen, so without one it is taken on a virtual one.
PICTURE := $(if $(NO_DISPLAY),$(findstring --screenshot,$(ARGS)))

.PHONY: help run test check bench libraries screen

help:
	@echo 'make run     open the Studio; pass arguments with ARGS="--demo"'
	@echo 'make test    run every test, headless'
	@echo 'make check   lint, format, types, import contracts'
	@echo 'make bench   run the benchmarks: one JSON line each'

run: libraries $(if $(PICTURE),screen) $(VENV)/.installed
	@if [ -n "$(PICTURE)" ] && command -v xvfb-run >/dev/null; then \
		exec $(XVFB) $(VENV)/bin/lake-studio $(ARGS); \
	elif [ -n "$(NO_DISPLAY)" ]; then \
		echo "no display: the Studio runs without a window, the server is up all the same"; \
		exec env QT_QPA_PLATFORM=offscreen $(VENV)/bin/lake-studio $(ARGS); \
	else \
		exec $(VENV)/bin/lake-studio $(ARGS); \
	fi

test: libraries screen $(VENV)/.installed-dev
	@if command -v xvfb-run >/dev/null; then \
		exec $(XVFB) $(PYTHON) -m pytest $(ARGS); \
	else \
		exec env QT_QPA_PLATFORM=offscreen $(PYTHON) -m pytest $(ARGS); \
	fi

check: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy lake_core server studio resources tests
	$(VENV)/bin/lint-imports

bench: libraries screen $(VENV)/.installed-dev
	@exec $(PYTHON) tests/bench $(ARGS)

# -- the environment: made once, brought up to date when pyproject.toml changes --------------

$(VENV)/.installed: pyproject.toml | $(PYTHON)
	@echo "installing what the Studio needs into $(VENV)"
	@$(PYTHON) -m pip install -qq --disable-pip-version-check --root-user-action=ignore -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(PYTHON)
	@echo "installing what the Studio and its tests need into $(VENV)"
	@$(PYTHON) -m pip install -qq --disable-pip-version-check --root-user-action=ignore \
		-e ".[test,dev]"
	@touch $@ $(VENV)/.installed

$(PYTHON):
	@$(ON_DEBIAN) $(MAKE_VENV)

# -- system packages, on Debian and Ubuntu -----------------------------------------------------

libraries:
	@$(ON_DEBIAN) want "Qt needs" $(QT_PACKAGES)

# Without these the tests still run, offscreen.
screen:
	@$(ON_DEBIAN) want "a virtual screen needs" $(SCREEN_PACKAGES) || true

# `want WHY PACKAGE…`: installs what is missing where it may, else says in one line what to do.
# Since Ubuntu 24.04 some packages carry the suffix t64.
define ON_DEBIAN
installed() { \
	dpkg-query -W -f='$${Status}\n' "$$1" "$$1t64" 2>/dev/null | grep -q '^install ok installed'; \
}; \
as_root() { \
	if [ "$$(id -u)" = 0 ]; then "$$@"; else sudo -n "$$@"; fi; \
}; \
may_install() { \
	[ "$$(id -u)" = 0 ] || sudo -n true 2>/dev/null; \
}; \
want() { \
	command -v dpkg-query >/dev/null || return 0; \
	why=$$1; shift; missing=; \
	for package; do installed "$$package" || missing="$$missing $$package"; done; \
	[ -n "$$missing" ] || return 0; \
	if may_install; then \
		echo "$$why$$missing: installing"; \
		as_root env DEBIAN_FRONTEND=noninteractive sh -c \
			"{ apt-get update && apt-get install -y --no-install-recommends $$missing; }" \
			>/dev/null 2>&1 </dev/null && return 0; \
	fi; \
	echo "$$why:$$missing. Install with: sudo apt-get install$$missing" >&2; \
	return 1; \
};
endef

define MAKE_VENV
for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$name >/dev/null || continue; \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' || continue; \
	if ! $$name -c 'import ensurepip, venv' 2>/dev/null; then \
		version=$$($$name -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		want "a Python environment needs" "python$$version-venv" || exit 1; \
	fi; \
	echo "making $(VENV) with $$name"; \
	exec $$name -m venv --clear $(VENV); \
done; \
echo "Python 3.11 or newer is needed, and none was found on the path" >&2; \
exit 1
endef

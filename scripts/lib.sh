# Shared by scripts/run and scripts/test: a virtual environment that fits this checkout, made once, checked in milliseconds.
# Sourced; expects $root to be the checkout.

say() { printf '%s\n' "$*" >&2; }

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
    [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  return 1
}

install_debian() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
  say "installing Debian packages: $*"
  apt-get update -qq >/dev/null 2>&1 || true
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null 2>&1
}

# ensure_venv EXTRAS: $root/.venv with this checkout installed, made again when what it is made from has changed.
ensure_venv() {
  local extras=$1 python stamp want
  want="$(cat "$root/setup.cfg" "$root/pyproject.toml" "$root/scripts/lib.sh" | cksum) $root"
  # An environment with more extras serves as well: its stamp's name contains these.
  for stamp in "$root"/.venv/.ledger-recovery-*"$extras"*; do
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && [ -x "$root/.venv/bin/python" ] && return 0
  done
  stamp="$root/.venv/.ledger-recovery-$extras"
  if ! python=$(find_python); then
    install_debian python3 python3-venv && python=$(find_python) || {
      say "error: Python 3.11 or newer is needed and was not found"
      say "hint: install it (Debian: apt-get install python3 python3-venv), then run this again"
      return 1
    }
  fi
  say "setting up $root/.venv (once; about a minute)"
  if ! "$python" -m venv "$root/.venv" >/dev/null 2>&1; then
    install_debian python3-venv && "$python" -m venv "$root/.venv" || {
      say "error: $python cannot make a virtual environment"
      say "hint: Debian and Ubuntu: apt-get install python3-venv"
      return 1
    }
  fi
  "$root/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable "$root[$extras]" >&2 || {
    say "error: the Python packages could not be installed"
    say "hint: check the network and PyPI, then run this again; what is there already is kept"
    return 1
  }
  printf '%s' "$want" >"$stamp"
}

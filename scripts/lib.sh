# Sourced by scripts/run and scripts/test: a virtual environment that fits this checkout, made once and then only compared.
# Expects $root (the checkout). Talks on stderr only, so that results can be piped.

venv="$root/.venv"
# Without bytecode each start would compile all of the program again; the suite starts it hundreds of times.
unset PYTHONDONTWRITEBYTECODE

die() {
    printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
    exit 1
}

# install_debian PACKAGE...: where this user may; fails quietly elsewhere.
install_debian() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    printf 'installing %s ...\n' "$*" >&2
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"; } \
        >/dev/null 2>&1 </dev/null
}

recent_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    local name
    for name in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null && recent_enough "$name"; then
            printf '%s' "$name"
            return
        fi
    done
    die "Python 3.11 or newer is needed, and none was found" \
        "install it (Debian, Ubuntu: apt-get install python3), or name one: PYTHON=/path/to/python3 scripts/run"
}

has_venv() {
    "$1" -c 'import venv, ensurepip' >/dev/null 2>&1
}

need_venv() {
    has_venv "$1" && return
    install_debian python3-venv || true
    has_venv "$1" || die "this Python has no venv module" "Debian, Ubuntu: sudo apt-get install python3-venv"
}

# The checkout's place belongs to it: a moved .venv has wrong paths in its scripts.
venv_sum() {
    { printf '%s\n' "$root"; cat "$root/setup.cfg" "$root/pyproject.toml"; } | cksum
}

fill_venv() {
    [ -x "$venv/bin/python" ] || "$1" -m venv "$venv" || return
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable "$root[$2]"
}

# venv_fits EXTRAS SUM: an environment with more extras serves as well, its stamp's name contains these.
venv_fits() {
    local stamp
    [ -x "$venv/bin/ledger-recovery" ] || return 1
    for stamp in "$venv"/.installed-*"$1"*; do
        [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$2" ] && return
    done
    return 1
}

install_venv() {
    local python log
    python="$(find_python)"
    need_venv "$python"
    log="$(mktemp)"
    printf 'preparing .venv (once; about a minute) ...\n' >&2
    # A healthy .venv is updated in place: programs may be running from it. One whose Python has gone begins anew.
    [ ! -e "$venv" ] || recent_enough "$venv/bin/python" || rm -rf -- "$venv"
    if ! fill_venv "$python" "$1" >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        die "the installation into $venv failed" "the whole output is in $log; without network, pip cannot fetch packages"
    fi
    rm -f "$log"
    printf '%s\n' "$2" >"$venv/.installed-$1"
    printf 'ready\n' >&2
}

# ensure_venv EXTRAS
ensure_venv() {
    local sum
    sum="$(venv_sum)"
    venv_fits "$1" "$sum" && return
    if command -v flock >/dev/null; then
        # Two first calls at once: the second waits, then finds everything in place.
        exec 9<"$root"
        flock 9
    fi
    venv_fits "$1" "$sum" || install_venv "$1" "$sum"
    exec 9>&-
}

# Sourced by scripts/test after lib.sh: the foreign programs of tests/interop, installed once and then only compared.
# Expects $root and $venv. None of this ends the run: what is missing is skipped by its tests, which say why.

interop="$root/tests/interop"

note() {
    printf 'note: %s\n' "$*" >&2
}

# interop_sum FILE...: what an installation is made from. The checkout's place belongs to it, as for .venv.
interop_sum() {
    { printf '%s\n' "$root"; cat "$@"; } | cksum
}

# quietly COMMAND...: its output only if it fails.
quietly() {
    local log status=0
    log="$(mktemp)"
    "$@" >"$log" 2>&1 </dev/null || status=$?
    [ "$status" = 0 ] || tail -n 5 "$log" >&2
    rm -f "$log"
    return "$status"
}

# ensure_npm: node_modules as the lock file says. No package gets to run a script of its own.
ensure_npm() {
    local stamp="$interop/node_modules/.installed" sum
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        note "node or npm is missing; the tests with npm's programs are skipped"
        return 0
    fi
    sum="$(interop_sum "$interop/package.json" "$interop/package-lock.json")"
    [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && return
    printf 'preparing tests/interop/node_modules (once; about 15 seconds) ...\n' >&2
    if quietly npm --prefix "$interop" ci --ignore-scripts --no-fund --no-audit; then
        printf '%s\n' "$sum" >"$stamp"
    else
        note "npm could not install them; the tests with npm's programs are skipped"
    fi
}

fill_foreign_venv() {
    "$venv/bin/python" -m venv --clear "$interop/.venv" &&
        "$interop/.venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$interop/requirements.txt"
}

# ensure_foreign_python: the programs of requirements.txt in an environment of their own; they never meet our packages.
ensure_foreign_python() {
    local stamp="$interop/.venv/.installed" sum
    sum="$(interop_sum "$interop/requirements.txt")"
    [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && return
    printf 'preparing tests/interop/.venv (once; about half a minute) ...\n' >&2
    if quietly fill_foreign_venv; then
        printf '%s\n' "$sum" >"$stamp"
    else
        note "pip could not install them; the tests with PyPI's foreign programs are skipped"
    fi
}

# ensure_qemu: what Speculos runs an app's ARM code with.
ensure_qemu() {
    command -v qemu-arm-static >/dev/null || install_debian qemu-user-static ||
        note "qemu-arm-static is missing (Debian, Ubuntu: sudo apt-get install qemu-user-static); Speculos needs it"
}

# ensure_interop ARGUMENT...: what the tests need that these arguments of scripts/test select.
ensure_interop() {
    ensure_npm
    ensure_foreign_python
    case " $* " in
        *" --backend speculos "* | *" --backend=speculos "*) ensure_qemu ;;
    esac
}

# Sourced by scripts/test after lib.sh: Debian's programs that tests of ours run against. Expects install_debian. None of
# this ends the run: what is missing is skipped by its tests, which say why.

# ensure_program COMMAND PACKAGE WHAT
ensure_program() {
    command -v "$1" >/dev/null || install_debian "$2" ||
        printf 'note: %s is skipped; it needs: apt-get install %s\n' "$3" "$2" >&2
}

ensure_programs() {
    [ "$(uname -s)" = Linux ] || return 0
    ensure_program age age "opening backups with the stock age tool"
    ensure_program chromium chromium "the guide in a real browser"
}

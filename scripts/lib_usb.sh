# Shared by scripts/test: what the virtual USB bus of tests/faults is made of. Sourced; expects install_debian of lib.sh.

# ensure_usb: umockdev and its binding for the system's Python, where apt may be used. It never fails the run: without
# them those tests are skipped, and say why.
ensure_usb() {
    local packages=(umockdev gir1.2-umockdev-1.0 python3-gi)
    [ "$(uname -s)" = Linux ] || return 0
    command -v umockdev-wrapper >/dev/null && /usr/bin/python3 -c \
        'import gi; gi.require_version("UMockdev", "1.0")' >/dev/null 2>&1 && return
    install_debian "${packages[@]}" ||
        printf 'note: the virtual USB tests are skipped; they need: apt-get install %s\n' "${packages[*]}" >&2
}

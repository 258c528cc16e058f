# Read by the scripts beside it: where we are, how we speak, how we fail. POSIX sh.

set -eu
cd "$(dirname "$0")/.."

say() {
    printf '==> %s\n' "$*" >&2
}

# One clear line, then the end.
fail() {
    printf 'rtserver: %s\n' "$*" >&2
    exit 1
}

is_root() {
    [ "$(id -u)" -eq 0 ]
}

# Install Debian or Ubuntu packages without a question; root only. What apt has to say is shown when it fails.
apt_install() {
    say "installing system packages: $*"
    log=$(mktemp)
    if ! {
        # A mirror that is down for one list must not stop us while the packages can be had.
        apt-get -qq update || true
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"
    } </dev/null >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        fail "apt-get could not install $*; its last words are above."
    fi
    rm -f "$log"
}

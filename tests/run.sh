#!/usr/bin/env bash
# Every test, in one command:   bash tests/run.sh [arguments of cargo test]
#
# Looks for what the tests need (a Rust tool chain, a C compiler, a PostgreSQL server, Node.js with npm, Python, Chromium), installs what is missing on Debian
# as root and otherwise says what to install; starts a throw-away PostgreSQL cluster and takes it down again at the end.
#
#   bash tests/run.sh                            everything
#   bash tests/run.sh standing                   tests whose name contains "standing"
#   bash tests/run.sh -- --nocapture             arguments after -- go to the test programs
#   TINBAI_TEST_PROGRAM=/usr/bin/tinbai bash …   tests that start the program itself start this one
#   TINBAI_TEST_POSTGRES=postgres://… bash …     on a server of yours (the user must be allowed to create databases)
#   TINBAI_TEST_SQLITE_ONLY=1 bash …             without PostgreSQL; says so, and is no full run
#   TINBAI_TEST_NO_NODE=1 bash …                 without the OpenID provider of npm and without a browser; says so, and is no full run
#   TINBAI_TEST_NO_BROWSER=1 bash …              without a browser; says so, and is no full run
#   TINBAI_TEST_NO_PYTHON=1 bash …               without the programs of PyPI that read our files back; says so, and is no full run
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'tests/run.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

postgres_bin() {
    local dir
    for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) /usr/pgsql-*/bin /usr/local/pgsql/bin \
        /opt/homebrew/opt/postgresql*/bin "$(dirname "$(command -v initdb || echo /nowhere/initdb)")"; do
        if [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] && [ -x "$dir/pg_ctl" ]; then
            echo "$dir"
            return 0
        fi
    done
    return 1
}

chromium() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" && return 0
    done
    return 1
}

want_postgres=yes
if [ "${TINBAI_TEST_SQLITE_ONLY:-}" = 1 ]; then want_postgres=no; fi
if [ -n "${TINBAI_TEST_POSTGRES:-}" ]; then want_postgres=given; fi
want_node=yes want_browser=yes
if [ "${TINBAI_TEST_NO_NODE:-}" = 1 ]; then want_node=no want_browser=no; fi
if [ "${TINBAI_TEST_NO_BROWSER:-}" = 1 ]; then want_browser=no; fi
want_python=yes
if [ "${TINBAI_TEST_NO_PYTHON:-}" = 1 ]; then want_python=no; fi

# --- what is missing ---------------------------------------------------------------------------------------------------
missing=()
have cc || missing+=(gcc libc6-dev)
if [ "$want_postgres" = yes ]; then postgres_bin >/dev/null || missing+=(postgresql); fi
if [ "$want_node" = yes ]; then
    have node || missing+=(nodejs)
    have npm || missing+=(npm)
fi
if [ "$want_python" = yes ]; then
    have python3 || missing+=(python3)
    python3 -c "import venv, ensurepip" 2>/dev/null || missing+=(python3-venv)
fi
# The browser alone is not required: without one the rest is still tested, and the run says so.
browser_missing=()
if [ "$want_browser" = yes ]; then [ -n "${TINBAI_TEST_CHROMIUM:-}" ] || chromium >/dev/null || browser_missing=(chromium); fi
debian_root() { [ "$(id -u)" = 0 ] && have apt-get; }
install() {
    say "installing $*"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >&2 && apt-get install -q -y --no-install-recommends "$@" >&2
}
if [ "${#missing[@]}" -gt 0 ]; then
    if debian_root; then
        # No cluster of Debian's own: ours lives and dies with this script.
        if [[ " ${missing[*]} " == *" postgresql "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
            mkdir -p /etc/postgresql-common
            echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
        fi
        install "${missing[@]}"
    else
        say "please install: ${missing[*]} ${browser_missing[*]-}"
        say "  Debian, Ubuntu:  sudo apt-get install ${missing[*]} ${browser_missing[*]-}"
        say "  Fedora:          sudo dnf install gcc postgresql-server nodejs npm python3 chromium"
        say "  macOS:           xcode-select --install; brew install postgresql@15 node python; brew install --cask chromium"
        if [ "$want_postgres" = yes ]; then say "or run on SQLite only: TINBAI_TEST_SQLITE_ONLY=1 bash tests/run.sh"; fi
        if [ "$want_python" = yes ]; then say "or run without Python: TINBAI_TEST_NO_PYTHON=1 bash tests/run.sh"; fi
        if [ "$want_node" = yes ]; then say "or run without the OpenID provider: TINBAI_TEST_NO_NODE=1 bash tests/run.sh"; fi
        exit 1
    fi
fi
if [ "${#browser_missing[@]}" -gt 0 ] && debian_root; then install "${browser_missing[@]}" || true; fi

browser_starts() {
    local program folder ok=0
    program=${TINBAI_TEST_CHROMIUM:-$(chromium || true)}
    [ -n "$program" ] || return 1
    folder=$(mktemp -d)
    timeout 120 "$program" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$folder" \
        --dump-dom about:blank >"$folder/page.txt" 2>/dev/null </dev/null || ok=1
    grep -q "<html" "$folder/page.txt" || ok=1
    rm -rf "$folder"
    return "$ok"
}
if [ "$want_browser" = yes ] && ! browser_starts; then
    say "no Chromium that starts (Debian, Ubuntu: sudo apt-get install chromium); this is no full run"
    want_browser=no
fi
if ! have cargo && [ -f "$HOME/.cargo/env" ]; then . "$HOME/.cargo/env"; fi
have cargo || die "please install a Rust tool chain, 1.95 or newer: https://rustup.rs"

# --- a throw-away PostgreSQL -------------------------------------------------------------------------------------------
cluster=""
stop_postgres() {
    local pid
    [ -n "$cluster" ] || return 0
    pid=$(head -n 1 "$cluster/data/postmaster.pid" 2>/dev/null || true)
    if [ -n "$pid" ]; then
        kill -QUIT "$pid" 2>/dev/null || true
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
    fi
    rm -rf "$cluster"
}

start_postgres() {
    local bin
    local -a as=()
    bin=$(postgres_bin) || die "PostgreSQL was installed but its initdb is not found"
    cluster=$(mktemp -d "${TMPDIR:-/tmp}/tinbai-pg.XXXXXX")
    # PostgreSQL refuses to run as root.
    if [ "$(id -u)" = 0 ]; then
        local user=postgres
        id "$user" >/dev/null 2>&1 || user=nobody
        chown "$user" "$cluster"
        if have runuser; then as=(runuser -u "$user" --); else as=(su -s /bin/sh "$user" -c 'exec "$0" "$@"' --); fi
    fi
    # From a folder that the other user may enter; nothing is listened to but a socket in a folder of ours.
    (
        cd /
        "${as[@]}" "$bin/initdb" -D "$cluster/data" -U tinbai -A trust -E UTF8 --locale=C --no-sync >"$cluster/initdb.log"
        "${as[@]}" "$bin/pg_ctl" -D "$cluster/data" -l "$cluster/data/server.log" -s -w -t 60 -o \
            "-c listen_addresses='' -c unix_socket_directories='$cluster' -c max_connections=300 -c fsync=off \
             -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=128MB -c max_wal_size=4GB \
             -c autovacuum_naptime=5min -c max_locks_per_transaction=256" start >&2
    ) || {
        cat "$cluster/initdb.log" "$cluster/data/server.log" >&2 2>/dev/null || true
        die "PostgreSQL did not start (set TINBAI_TEST_SQLITE_ONLY=1 to run without it)"
    }
    export TINBAI_TEST_POSTGRES="postgres://tinbai@${cluster//\//%2F}/postgres"
    say "PostgreSQL $("$bin/postgres" --version | grep -oE '[0-9]+(\.[0-9]+)*' | head -n 1) started for this run"
}

# --- packages of npm (an OpenID provider to sign in at, what drives the browser), in folders beside the built tests, one for each list
install_packages() { # SOURCE, whose package.json and package-lock.json say what; NAME of the folder; prints its path
    local source=$1 target=${CARGO_TARGET_DIR:-target}/$2 folder half
    mkdir -p "$target"
    folder=$(cd "$target" && pwd)/$(cat "$source/package.json" "$source/package-lock.json" | cksum | cut -d ' ' -f 1)
    if [ ! -d "$folder" ]; then
        # whole or not at all
        half=$(mktemp -d "$folder.XXXXXX")
        cp "$source/package.json" "$source/package-lock.json" "$half/"
        npm ci --prefix "$half" --ignore-scripts --no-audit --no-fund --loglevel=error >&2 || {
            rm -rf "$half"
            return 1
        }
        # another run may have been faster
        mv -T "$half" "$folder" 2>/dev/null || [ -d "$folder" ] || mv "$half" "$folder"
        rm -rf "$half"
    fi
    echo "$folder"
}

# --- packages of PyPI that read our files back
install_python() { # prints the folder
    local source=tests/data/office/requirements.txt target=${CARGO_TARGET_DIR:-target}/office folder
    mkdir -p "$target"
    folder=$(cd "$target" && pwd)/$(cksum <"$source" | cut -d ' ' -f 1)
    # An environment holds its own path and can't be moved; the mark says that it is whole.
    if [ ! -e "$folder/whole" ]; then
        rm -rf "$folder"
        python3 -m venv "$folder" >&2 &&
            "$folder/bin/pip" install -q --disable-pip-version-check --no-deps -r "$source" >&2 && touch "$folder/whole" || return 1
    fi
    echo "$folder"
}

arguments=("$@")
skip() {
    if [[ " ${arguments[*]-} " == *" -- "* ]]; then arguments+=(--skip "$1"); else arguments+=(-- --skip "$1"); fi
}
if [ "$want_node" = yes ]; then
    [ "$(node -p 'Number(process.versions.node.split(".")[0])')" -ge 18 ] || die "please install Node.js 18 or newer"
    TINBAI_TEST_OPENID=$(install_packages tests/data/openid openid) ||
        die "the OpenID provider was not installed (set TINBAI_TEST_NO_NODE=1 to run without it)"
    export TINBAI_TEST_OPENID
else
    say "TINBAI_TEST_NO_NODE=1: single sign-on is not tested at a real provider"
    skip sign_on::
fi
if [ "$want_python" = yes ]; then
    TINBAI_TEST_OFFICE=$(install_python) ||
        die "the packages of PyPI were not installed (set TINBAI_TEST_NO_PYTHON=1 to run without them)"
    export TINBAI_TEST_OFFICE
else
    say "TINBAI_TEST_NO_PYTHON=1: files are not read back by other programs"
    skip files::
    skip documents::
    skip feeds::
fi
if [ "$want_browser" = yes ]; then
    TINBAI_TEST_BROWSER=$(install_packages tests/browser browser) ||
        die "what drives the browser was not installed (set TINBAI_TEST_NO_BROWSER=1 to run without it)"
    export TINBAI_TEST_BROWSER
else
    say "without a browser: the pages are not tested in one"
    skip browser_pages::
fi
case "$want_postgres" in
yes)
    trap stop_postgres EXIT
    trap 'exit 130' INT TERM
    start_postgres
    ;;
given) say "PostgreSQL tests run on the server in TINBAI_TEST_POSTGRES" ;;
no)
    say "TINBAI_TEST_SQLITE_ONLY=1: nothing is tested on PostgreSQL"
    skip ::postgres
    ;;
esac

# --- the tests; benches are built by clippy and run on demand -----------------------------------------------------------
cargo test --locked --features opentelemetry --lib --tests --no-fail-fast ${arguments[@]+"${arguments[@]}"}

#!/usr/bin/env bash
# Kills the primary of two PostgreSQL nodes with synchronous replication while two machines run the check of 16:00 and the jobs after it,
# promotes the standby, lets both go on, and compares with a database on which nothing failed: no mail and no state may be lost or doubled.
# As root (PostgreSQL refuses to run as root: it runs as `postgres`):   bash tests/failover.sh TINBAI [ROUNDS]
set -euo pipefail
tinbai=$(realpath "$1")
rounds=${2:-5}
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
work=$(mktemp -d)
chmod 755 "$work"
say() { printf 'failover: %s\n' "$*"; }
fail() { say "FAILED: $*"; exit 1; }
pg() { (cd / && runuser -u postgres -- "$@"); }
node() { pg "$bin/pg_ctl" -D "$work/$1/data" -l "$work/$1/log" -s -w "${@:2}"; }
begin_node() {
    local tries=0
    until node "$1" start >>"$work/start.log" 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 60 ] || { tail -3 "$work/$1/log"; exit 1; }
        read -rt 0.5 <> <(:) || true
    done
}
end() {
    for one in first second plain; do
        [ -e "$work/$one/data/postmaster.pid" ] && node "$one" stop -m immediate >/dev/null 2>&1 || true
    done
    rm -rf "$work"
}
trap end EXIT

# `first` and `second` are the pair, `plain` is the one on which nothing fails
begin_cluster() {
    mkdir -p "$work/$1"
    chown postgres "$work/$1"
    pg "$bin/initdb" -D "$work/$1/data" -U tinbai -A trust -E UTF8 --locale=C --no-sync >"$work/initdb.log"
    printf "listen_addresses = ''\nunix_socket_directories = '%s'\nport = %s\n" "$work/$1" "$2" >>"$work/$1/data/postgresql.conf"
}
sql() { "$bin/psql" -qAt -h "$work/$1" -p "$2" -U tinbai -d postgres -c "$3"; }
one_of() { echo "postgres://tinbai@/postgres?host=$work/$1&port=$2"; }
pair="postgres://tinbai@/postgres?host=$work/first,$work/second&port=6101,6102&target_session_attrs=read-write&connect_timeout=2"

say "a demonstration, copied into PostgreSQL"
cd "$work"
TINBAI_SERVER__LISTEN=127.0.0.1:0 "$tinbai" demo --folder "$work/demo" --at 2026-11-20T15:20:00+07:00 >"$work/demo.log" 2>&1 &
demo=$!
until grep -q '/dang-nhap' "$work/demo.log" 2>/dev/null; do
    kill -0 "$demo" 2>/dev/null || { cat "$work/demo.log"; fail "the demonstration"; }
    read -rt 0.5 <> <(:) || true
done
kill "$demo"; wait "$demo" || true
begin_cluster plain 6100
node plain start
TINBAI_DATABASE__URL="sqlite:$work/demo/tinbai.sqlite" TINBAI_COPY_TO=$(one_of plain 6100) "$tinbai" copy >"$work/copy.log" || fail "the copy"

say "two nodes with synchronous replication"
node plain stop
mkdir "$work/first"; cp -a "$work/plain/data" "$work/first/data"; chown postgres "$work/first"
printf "unix_socket_directories = '%s'\nport = 6101\n" "$work/first" >>"$work/first/data/postgresql.conf"
node first start
mkdir "$work/second"; chown postgres "$work/second"
pg "$bin/pg_basebackup" -h "$work/first" -p 6101 -U tinbai -D "$work/second/data" -R -X stream
printf "unix_socket_directories = '%s'\nport = 6102\nprimary_conninfo = 'host=%s port=6101 user=tinbai application_name=second'\n" \
    "$work/second" "$work/first" >>"$work/second/data/postgresql.conf"
sed -i '/^primary_conninfo/d' "$work/second/data/postgresql.auto.conf"
printf "synchronous_standby_names = 'second'\nsynchronous_commit = on\n" >>"$work/first/data/postgresql.conf"
node first stop
mkdir "$work/saved"
cp -a "$work/first/data" "$work/saved/first"
cp -a "$work/second/data" "$work/saved/second"

# what a machine held when the connection broke, another one takes over when its lease is over: 15 minutes after each instant
instants="2026-11-20T16:00:30+07:00 2026-11-20T16:02:00+07:00 2026-11-20T16:17:00+07:00 2026-11-23T07:30:00+07:00 2026-11-23T07:45:00+07:00
    2026-11-25T09:00:00+07:00 2026-11-25T09:15:00+07:00 2026-12-01T00:06:00+07:00 2026-12-01T00:21:00+07:00 2026-12-01T08:00:00+07:00 2026-12-01T08:15:00+07:00"
# one machine at one instant: what fails is tried again, as the next minute would
run_at() {
    local tries=0
    until TINBAI_DATABASE__URL=$1 "$tinbai" run-due --at "$2" >>"$3" 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 60 ] || { tail -3 "$3"; return 1; }
        read -rt 0.5 <> <(:) || true
    done
}
# two machines whose clocks agree
run_all() {
    for at in $instants; do
        run_at "$1" "$at" "$work/one.log" & local one=$!
        run_at "$1" "$at" "$work/two.log" & local two=$!
        wait "$one" || return 1
        wait "$two" || return 1
    done
}
# what was said to whom, and how everything stands
result() {
    sql "$1" "$2" "SELECT 'mail', to_mail, subject, count(*) FROM message GROUP BY 2, 3 ORDER BY 2, 3"
    sql "$1" "$2" "SELECT 'line', subject, kind, period_key, state, done FROM obligation ORDER BY 2, 3, 4, id"
    sql "$1" "$2" "SELECT 'reminder', count(*) FROM reminder"
}

say "the same without a failure"
node plain start
run_all "$(one_of plain 6100)" || fail "the run without a failure"
result plain 6100 >"$work/expected"
progress="SELECT (SELECT count(*) FROM message) + (SELECT count(*) FROM reminder) + (SELECT sum(version) FROM obligation)"
last=$(sql plain 6100 "$progress")

for round in $(seq "$rounds"); do
    for one in first second; do rm -rf "$work/$one/data"; cp -a "$work/saved/$one" "$work/$one/data"; done
    # what the killed primary left behind ends a moment later
    begin_node first
    begin_node second
    run_all "$pair" & running=$!
    # later in each round, in the middle of what the check writes
    begun=$(sql first 6101 "$progress")
    until [ "$(sql first 6101 "$progress")" -gt $((begun + (last - begun) * (round - 1) / rounds)) ]; do :; done
    pg kill -9 $(head -1 "$work/first/data/postmaster.pid")
    reached=$(sql second 6102 "$progress")
    node second promote
    wait "$running" || fail "round $round: the machines do not go on"
    result second 6102 >"$work/got"
    diff "$work/expected" "$work/got" >"$work/diff" || { head -40 "$work/diff"; fail "round $round"; }
    say "round $round: killed after $((reached - begun)) of $((last - begun)) rows; the same in the end"
    node second stop -m immediate
    rm -f "$work/first/data/postmaster.pid"
done
say "ok: $rounds failovers, nothing lost, nothing doubled"

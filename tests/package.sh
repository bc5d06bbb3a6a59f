#!/usr/bin/env bash
# Installs, starts, upgrades, removes and purges the Debian package on a clean root, and checks its unit.
# As root, with debootstrap and network:   bash tests/package.sh PACKAGE.deb [ROOT [OLDER.deb]]
# ROOT keeps the clean root for the next time. OLDER.deb is what is upgraded; without it the package is installed over itself. No systemd runs inside a root: the service is started as its unit would.
set -euo pipefail
package=$(realpath "$1")
clean=${2:-}
older=$(realpath "${3:-$1}")
work=$(mktemp -d)
say() { printf 'package: %s\n' "$*"; }
fail() { say "FAILED: $*"; exit 1; }
server=""
end() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    umount "$work/root/proc" 2>/dev/null || true
    rm -rf "$work"
}
trap end EXIT

if [ -z "$clean" ] || [ ! -d "$clean" ]; then
    clean=${clean:-$work/clean}
    debootstrap --variant=minbase --include=adduser,ca-certificates bookworm "$clean" >"$work/log" || { tail "$work/log"; fail debootstrap; }
fi
cp -a "$clean" "$work/root"
mount -t proc proc "$work/root/proc"
inside() { chroot "$work/root" "$@"; }
as_service() { chroot --userspec=tinbai:tinbai "$work/root" env -C /var/lib/tinbai "$@"; }
cp "$package" "$work/root/tinbai.deb"
cp "$older" "$work/root/older.deb"

say "install"
inside dpkg -i /older.deb >"$work/log" 2>&1 || { cat "$work/log"; fail "dpkg -i"; }
[ "$(inside stat -c '%U:%G %a' /var/lib/tinbai)" = "tinbai:tinbai 700" ] || fail "the folder of the data"
[ "$(inside stat -c '%U:%G %a' /etc/tinbai/tinbai.toml)" = "root:tinbai 640" ] || fail "the settings"
inside test -s /usr/share/man/man1/tinbai.1.gz || fail "no manual page"
inside test -s /usr/share/bash-completion/completions/tinbai || fail "no completion"
inside test -e /etc/systemd/system/multi-user.target.wants/tinbai.service || fail "the unit is not enabled"

say "unit"
unit=$work/root/lib/systemd/system/tinbai.service
[ -e "$unit" ] || unit=$work/root/usr/lib/systemd/system/tinbai.service
systemd-analyze --root="$work/root" verify tinbai.service 2>"$work/verify" || true
# the clean root has neither systemd's own units nor man
! grep tinbai "$work/verify" | grep -vE "sysinit.target not found|Command 'man " || fail "systemd-analyze verify"
exposure=$(systemd-analyze security --offline=yes "$unit" | grep -oE 'level for tinbai.service: [0-9.]+' | grep -oE '[0-9.]+$')
awk -v n="$exposure" 'BEGIN { exit !(n <= 2.0) }' || fail "exposure $exposure"
say "exposure $exposure"

start() {
    # exec: its number is that of the server itself
    (exec chroot --userspec=tinbai:tinbai "$work/root" env -C /var/lib/tinbai \
        /usr/bin/tinbai --config /etc/tinbai/tinbai.toml serve) >"$work/out" 2>"$work/err" &
    server=$!
    for _ in $(seq 300); do
        if as_service /usr/bin/tinbai health >/dev/null 2>&1; then return 0; fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    cat "$work/out" "$work/err"
    fail "the server does not become ready"
}
stop() { kill -TERM "$server"; wait "$server" || fail "the server did not stop well"; server=""; }
config=(/usr/bin/tinbai --config /etc/tinbai/tinbai.toml)

say "start"
start
as_service "${config[@]}" admin create --federation "Liên đoàn thử" --name "Quản trị" --mail qt@tinh.example | grep -q http || fail "no administrator"
as_service "${config[@]}" backup | grep -q "Đã sao lưu" || fail "no backup"
as_service "${config[@]}" doctor || fail "the doctor finds faults"
stop
[ -s "$work/root/var/lib/tinbai/tinbai.sqlite" ] || fail "no database"

say "upgrade"
echo "# mine" >>"$work/root/etc/tinbai/tinbai.toml"
inside dpkg -i /tinbai.deb >"$work/log" 2>&1 || { cat "$work/log"; fail "upgrade"; }
[ "$(inside dpkg-query -W -f '${Version}' tinbai)" = "$(dpkg-deb -f "$package" Version)" ] || fail "the version after the upgrade"
grep -q "^# mine" "$work/root/etc/tinbai/tinbai.toml" || fail "the settings were overwritten"
start
as_service "${config[@]}" doctor >"$work/log" || { cat "$work/log"; fail "the doctor finds faults after the upgrade"; }
stop

say "remove"
inside dpkg -r tinbai >"$work/log" 2>&1 || { cat "$work/log"; fail "dpkg -r"; }
inside test ! -e /usr/bin/tinbai || fail "the program stays"
inside test -s /var/lib/tinbai/tinbai.sqlite || fail "the data are gone"
inside test -e /etc/tinbai/tinbai.toml || fail "the settings are gone"
inside dpkg -P tinbai >"$work/log" 2>&1 || { cat "$work/log"; fail "dpkg -P"; }
inside test ! -e /etc/tinbai/tinbai.toml || fail "the settings stay"
inside test -s /var/lib/tinbai/tinbai.sqlite || fail "the data are gone"
say "ok"

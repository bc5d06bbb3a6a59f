#!/usr/bin/env bash
# Builds the Debian package into target/debian. Needs cargo-deb (`cargo install cargo-deb`).
#   bash config/packaging/build-deb.sh             as it is delivered
#   PROFILE=dev bash config/packaging/build-deb.sh quickly, for a look
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
profile=${PROFILE:-dist}
target=${CARGO_TARGET_DIR:-target}
folder=$profile
[ "$profile" = dev ] && folder=debug
cargo build --locked --profile "$profile" --bin tinbai
# what the package takes in, at one place
package=$target/package
rm -rf "$package"
mkdir -p "$package/man"
install -m 755 "$target/$folder/tinbai" "$package/tinbai"
"$package/tinbai" man --out "$package/man"
mv "$package"/man/tinbai.bash "$package/tinbai.bash"
mv "$package"/man/_tinbai "$package/_tinbai"
mv "$package"/man/tinbai.fish "$package/tinbai.fish"
# Debian's form of a changelog: it says where ours is
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
cat >"$package/changelog" <<END
tinbai ($version-1) stable; urgency=medium

  * See /usr/share/doc/tinbai/changelog.

 -- Tinbai <tinbai@tinbai.example>  $(date -R -u -d "@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}")
END
[ "$target" -ef target ] || { mkdir -p target && rm -rf target/package && cp -r "$package" target/package; }
cargo deb --no-build --no-strip

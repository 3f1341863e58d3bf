#!/bin/sh
# Tries out a distribution: packaging/check.sh TARBALL unpacks it into a folder with a space in its name and runs it with
# an empty environment, so without any Java but its own.
set -eu
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir "$work/a folder"
tar -xzf "$1" -C "$work/a folder"
home=$(ls -d "$work/a folder"/weft-*)
ln -s "$home/bin/weft" "$work/weft"

checks=0
fail() {
  echo "distribution: $1" >&2
  exit 1
}
passed() { checks=$((checks + 1)); }
bare() { env -i PATH=/usr/bin:/bin "$@"; }

# A wrong argument comes back as the command's own exit code and message.
code=0
bare "$work/weft" shop nothing >"$work/out" 2>&1 || code=$?
[ "$code" = 2 ] || fail "'weft shop nothing' exits with $code instead of 2: $(cat "$work/out")"
grep -q "no service 'nothing'" "$work/out" || fail "'weft shop nothing' says: $(cat "$work/out")"
[ "$(wc -l <"$work/out")" = 1 ] || fail "Java adds lines of its own: $(cat "$work/out")"
passed

# The launcher becomes the JVM, so who signals it signals the service.
env -i PATH=/usr/bin:/bin "$work/weft" shop cart >"$work/out" 2>&1 & # not by bare: that would be a process between
pid=$!
for _ in $(seq 100); do
  grep -q 'listens on' "$work/out" && break
  sleep 0.1
done
url=$(sed -n 's/.*listens on //p' "$work/out")
[ -n "$url" ] || fail "'weft shop cart' does not start: $(cat "$work/out")"
curl -fsS "$url/carts/anna" | grep -q bobbin || fail "'weft shop cart' does not answer"
kill "$pid"
code=0
{ wait "$pid" || code=$?; } 2>/dev/null
[ "$code" = 143 ] || fail "a service ends with $code instead of 143 after SIGTERM"
! curl -fsS --max-time 2 "$url/healthz" >/dev/null 2>&1 || fail "a service outlives the process that the launcher became"
pid=
passed

# Every cache is used: our own classes come out of it. (Each role is started with nothing to do but complain.)
for cache in "$home"/lib/*.aot; do
  role=${cache##*/}
  role=${role%.aot}
  bare WEFT_JAVA_OPTS="-Xlog:class+load:file=$work/classes" "$work/weft" "$role" --help >"$work/out" 2>&1 || true
  grep -q 'io\.weft\..* source: shared objects file' "$work/classes" || fail "the AOT cache of $role is not used"
  passed
done

# Wrong use and the help come back as such from every role; the proxy's does without the control plane's jars.
bare "$work/weft" version | grep -q '^weft ' || fail "'weft version' does not work"
bare "$work/weft" proxy --help | grep -q -e '--config' || fail "'weft proxy --help' does not work"
code=0
bare "$work/weft" proxy --nonsense >/dev/null 2>&1 || code=$?
[ "$code" = 2 ] || fail "'weft proxy --nonsense' exits with $code instead of 2"
passed

# A proxy's heap follows from what it may take; what is no such amount is refused.
for memory in 112 512 4096; do
  bare WEFT_PROXY_MEMORY=$memory WEFT_JAVA_OPTS=-Xlog:gc+init "$work/weft" proxy --help >"$work/out" 2>&1 ||
    fail "a proxy that may take $memory MiB does not start: $(cat "$work/out")"
  grep -q "Heap Max Capacity: $(((memory - 64) / 2))M" "$work/out" || fail "of $memory MiB a proxy has another heap than half of what is left: $(cat "$work/out")"
  ! grep -q warning "$work/out" || fail "a proxy that may take $memory MiB is warned: $(cat "$work/out")"
done
code=0
bare WEFT_PROXY_MEMORY=12 "$work/weft" proxy --help >"$work/out" 2>&1 || code=$?
[ "$code" = 2 ] || fail "a proxy that may take 12 MiB ends with $code instead of 2"
grep -q 'at least 112' "$work/out" || fail "of a proxy that may take 12 MiB is said: $(cat "$work/out")"
passed

# What the data plane starts with holds nothing of the control plane.
if grep -qE 'weft-control|jetty|bcprov|sqlite' "$home/lib/proxy.classpath"; then
  fail "lib/proxy.classpath names jars of the control plane"
fi
passed

echo "distribution: $checks checks passed, $(du -h "$1" | cut -f1)"

#!/bin/sh
# Makes the AOT caches of a distribution: packaging/train.sh HOME runs the roles once, with their own flags, which records
# what they load and run, and makes HOME/lib/ROLE.aot of each role's richest record. A cache fits only this runtime, these
# jars and flags; where it does not, the role starts without it.
set -eu
weft=$1/bin/weft
lib=$1/lib
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "AOT caches: $1:" >&2
  cat "$work/log" >&2
  exit 1
}

# record ARGUMENT... : a run that ends by itself.
record() {
  WEFT_AOT_RECORD=$work "$weft" "$@" >"$work/log" 2>&1 || fail "the training run 'weft $*' failed"
}

# record_serving READY EXERCISE ARGUMENT... : a run that serves until it is told to end. READY is what it prints then;
# EXERCISE is a function that gets the log and makes it do its work.
record_serving() {
  ready=$1 exercise=$2
  shift 2
  : >"$work/log"
  WEFT_AOT_RECORD=$work "$weft" "$@" >"$work/log" 2>&1 &
  pid=$!
  waited=0
  until grep -q "$ready" "$work/log"; do
    waited=$((waited + 1))
    if [ "$waited" -gt 300 ] || ! kill -0 "$pid" 2>/dev/null; then
      kill "$pid" 2>/dev/null || true
      fail "the training run 'weft $*' did not get ready"
    fi
    sleep 0.1
  done
  if ! "$exercise" "$work/log"; then
    kill "$pid"
    fail "the training run 'weft $*' does not do its work"
  fi
  kill "$pid"
  { wait "$pid" || true; } 2>/dev/null # 143: ended by the signal
}

order_something() {
  base=$(sed -n 's/.*listens on //p' "$1")
  curl -fsS "$base/healthz" >/dev/null &&
    curl -sS -X POST "$base/orders" >/dev/null # answers 502: the cart is not there
}

apply_something() {
  api=$(sed -n 's/^  REST *\([^ ]*\).*/\1/p' "$1")/api/v1
  { printf 'Authorization: Bearer ' && cat "$work/server/rest-token"; } >"$work/authorization"
  curl -fsS "$api/openapi.json" -H "@$work/authorization" >/dev/null &&
    curl -fsS "$api/changesets" -H "@$work/authorization" -H 'Content-Type: application/yaml' \
      --data-binary @packaging/training/shop.yaml >/dev/null
}

record version
record_serving 'listens on' order_something shop checkout

# The control plane, and a proxy that it feeds: beside a service which calls itself through it, so that each request goes
# out and comes in, by mutual TLS. The first run is the record of `weft run`, and leaves behind what a proxy starts
# with that was here before; of the second one the proxy's is made.
"$weft" shop cart >"$work/cart" 2>&1 &
cart=$!
trap 'kill "$cart" 2>/dev/null || true; rm -rf "$work"' EXIT
until grep -q 'listens on' "$work/cart"; do
  kill -0 "$cart" 2>/dev/null || fail "the sample shop does not start"
  sleep 0.1
done
port=$(sed -n 's/.*127\.0\.0\.1://p' "$work/cart")

# beside_cart PROGRAM ARGUMENT...
beside_cart() {
  "$weft" run --namespace shop --service cart --port 8080 --app-port "$port" --protocol http \
    --state-dir "$work/server" --proxy-state-dir "$work/proxy" -- "$@" >"$work/run" 2>&1 || {
    tail -n 20 "$work/run" "$work/proxy/proxy.log" >>"$work/log"
    fail "the training run of a proxy failed"
  }
}

# As `weft run` starts it, but that it sends more requests to itself, and that it reads its file: as YAML in the styles that people write.
proxy_alone() {
  bootstrap=$work/proxy/bootstrap.yaml
  outbound=$(sed -n 's/.*"outboundPort" : \([0-9]*\).*/\1/p' "$work/proxy/bootstrap.json")
  sed '1d; $d; s/^  },$/  }/' "$work/proxy/bootstrap.json" | cat - packaging/training/limits.yaml >"$bootstrap"
  WEFT_AOT_RECORD="$work" "$weft" proxy -c "$bootstrap" --state-dir "$work/proxy" --warm-up-requests 20000 >"$work/run" 2>&1 &
  proxy=$!
  served=0
  http_proxy=http://127.0.0.1:$outbound packaging/training/requests.sh >>"$work/run" 2>&1 && served=1
  kill "$proxy" 2>/dev/null || true
  { wait "$proxy" || true; } 2>/dev/null
  [ "$served" = 1 ] || {
    tail -n 20 "$work/run" >>"$work/log"
    fail "the training run of a proxy failed"
  }
}

train_proxy() {
  apply_something "$1" && (export WEFT_AOT_RECORD="$work" && beside_cart true) &&
    rm -f "$work"/proxy.*.aotconf && proxy_alone
}

record_serving '^  metrics' train_proxy server --state-dir "$work/server" --listen 127.0.0.1:0 --rest-port 0 --metrics-port 0

for role in cli proxy server shop; do
  # shellcheck disable=SC2012  # names of our own, by size
  richest=$(ls -S "$work/$role".*.aotconf 2>/dev/null | head -1)
  [ -n "$richest" ] || continue
  # More heap than the role has: here the whole cache is put together in it.
  WEFT_JAVA_OPTS="-Xmx512m -XX:AOTMode=create -XX:AOTConfiguration=$richest -XX:AOTCache=$lib/$role.aot \
-Xlog:aot=off -Xlog:cds=off" "$weft" "$role" >"$work/log" 2>&1 || fail "no cache can be made of $role's record"
  echo "AOT cache of $role: $(du -h "$lib/$role.aot" | cut -f1)"
done

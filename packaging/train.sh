#!/bin/sh
# Makes the AOT caches of a distribution: packaging/train.sh HOME runs each role once with its own flags, which records
# what it loads and compiles, and stores that as HOME/lib/ROLE.aot. A cache fits only this runtime, these jars and flags;
# where it does not, the role starts without it.
set -eu
weft=$1/bin/weft
lib=$1/lib
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "the training run of $1 failed:" >&2
  cat "$work/$1.log" >&2
  exit 1
}

recorded() {
  if [ -s "$lib/$1.aot" ]; then
    echo "  $1: $(du -h "$lib/$1.aot" | cut -f1)"
  else
    fail "$1"
  fi
}

# train ROLE ARGUMENT... : a run that ends by itself.
train() {
  role=$1
  shift
  WEFT_JAVA_OPTS="-XX:AOTCacheOutput=$lib/$role.aot" "$weft" "$@" >"$work/$role.log" 2>&1 || fail "$role"
  recorded "$role"
}

# train_serving ROLE READY EXERCISE ARGUMENT... : a run that serves until it is told to end. READY is what it prints then;
# EXERCISE is a function that gets the log and makes it do its work.
train_serving() {
  role=$1 ready=$2 exercise=$3
  shift 3
  WEFT_JAVA_OPTS="-XX:AOTCacheOutput=$lib/$role.aot" "$weft" "$@" >"$work/$role.log" 2>&1 &
  pid=$!
  waited=0
  until grep -q "$ready" "$work/$role.log"; do
    waited=$((waited + 1))
    if [ "$waited" -gt 300 ] || ! kill -0 "$pid" 2>/dev/null; then
      kill "$pid" 2>/dev/null || true
      fail "$role"
    fi
    sleep 0.1
  done
  "$exercise" "$work/$role.log"
  kill "$pid"
  { wait "$pid" || true; } 2>/dev/null # 143: ended by the signal
  recorded "$role"
}

order_something() {
  base=$(sed -n 's/.*listens on //p' "$1")
  curl -fsS "$base/healthz" >/dev/null
  curl -sS -X POST "$base/orders" >/dev/null # answers 502: the cart is not there
}

echo "training AOT caches"
train_serving shop 'listens on' order_something shop checkout

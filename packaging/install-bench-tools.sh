#!/bin/sh
# The programs that `make bench` puts beside Weft, and what sends the load: haproxy, nginx, wrk, h2load; openssl makes the
# certificates, strace counts system calls. Installs what is missing where it may (Debian, root), else says what to install.
set -eu
PATH=$PATH:/usr/sbin:/sbin
packages=
for pair in haproxy:haproxy nginx:nginx wrk:wrk h2load:nghttp2-client openssl:openssl strace:strace taskset:util-linux; do
  command -v "${pair%%:*}" >/dev/null || packages="$packages ${pair##*:}"
done
[ -n "$packages" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "make bench needs these packages, please install them:$packages" >&2
  exit 1
fi
echo "installing$packages"
export DEBIAN_FRONTEND=noninteractive
# As services of the machine they are not wanted: where apt would start them, it is told not to.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
# shellcheck disable=SC2086  # a list
apt-get -qq install -y --no-install-recommends $packages >/dev/null 2>&1 || {
  apt-get -qq update && apt-get -qq install -y --no-install-recommends $packages >/dev/null
}

#!/bin/sh
# What the program beside the proxy does while the proxy's AOT cache is recorded. $http_proxy is the proxy.
set -eu
cart=http://cart.shop:8080

# The instance is there once the control plane has told of it.
waited=0
until curl -fsS "$cart/healthz" >/dev/null 2>&1; do
  waited=$((waited + 1))
  [ "$waited" -lt 300 ] || { echo "the proxy does not reach the service beside it" >&2; exit 1; }
  sleep 0.1
done

# Enough that the profiles name what is hot: on one connection with the headers of browsers and meshes, then on a new one each, also by HTTP/2
# (not every curl keeps such a connection).
curl -fsS -H 'Accept: application/json, text/plain, */*' -H 'Accept-Language: en-GB,en;q=0.9' -H 'Authorization: Bearer bm90LWEtc2VjcmV0' -H 'Cookie: theme=dark' \
  -H 'Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' -H 'X-Tenant: tenant-0042' -H 'Cache-Control: no-cache' \
  "$cart/carts/customer-[1-5000]" >/dev/null
customer=0
while [ "$customer" -lt 50 ]; do
  customer=$((customer + 1))
  curl -fsS "$cart/carts/customer-$customer" >/dev/null
  curl -fsS --noproxy '*' --http2-prior-knowledge -H 'Host: cart.shop:8080' "$http_proxy/carts/customer-$customer" >/dev/null
done
head -c 65536 /dev/zero | curl -sS --data-binary @- "$cart/carts/customer-1" >/dev/null

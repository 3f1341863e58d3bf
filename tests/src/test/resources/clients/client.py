"""Python's standard clients: client.py CHECK PROXY-PORT"""
import http.client
import sys
import urllib.error
import urllib.request

check, port = sys.argv[1], int(sys.argv[2])


def equal(got, wanted):
    if got != wanted:
        raise SystemExit(f"{check}: got {got!r}, wanted {wanted!r}")


def absolute(connection, method, url, **more):
    connection.request(method, url, **more)
    response = connection.getresponse()
    return response, response.read()


def http_client():
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for host, version in (("node.shop", "1.1"), ("node2.shop", "2.0")):
        response, body = absolute(connection, "GET", f"http://{host}/sized")
        equal((response.status, body, response.getheader("content-length")), (200, b"12345", "5"))
        response, body = absolute(connection, "HEAD", f"http://{host}/sized")
        equal((response.status, body, response.getheader("content-length")), (200, b"", "5"))
        response, body = absolute(connection, "GET", f"http://{host}/empty")
        equal((response.status, body), (204, b""))
        response, body = absolute(connection, "GET", f"http://{host}/unchanged")
        equal((response.status, body), (304, b""))
        response, body = absolute(connection, "PUT", f"http://{host}/", body=b"sized")
        equal((response.status, body, response.getheader("x-version")), (200, b"sized", version))
        response, body = absolute(connection, "POST", f"http://{host}/", body=iter([b"in ", b"chunks"]))
        equal((response.status, body), (200, b"in chunks"))
    connection.close()


def tunnel():
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.set_tunnel("node.shop", 80)
    for i in range(5):
        response, body = absolute(connection, "POST", "/", body=f"inside {i}".encode())
        equal((response.status, body), (200, f"inside {i}".encode()))
    connection.close()


def refused_tunnel():
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.set_tunnel("nobody.invalid", 443)
    try:
        connection.request("GET", "/")
    except OSError as refused:
        equal("503" in str(refused), True)
    else:
        raise SystemExit("a tunnel to nobody was opened")


def urllib_with_a_proxy_setting():
    with urllib.request.urlopen("http://node.shop/", data=b"posted", timeout=30) as response:
        equal((response.status, response.read()), (200, b"posted"))
    request = urllib.request.Request("http://node2.shop/", data=b"x" * 1_000_000, method="PUT")
    with urllib.request.urlopen(request, timeout=30) as response:
        equal((response.status, response.headers["x-method"], len(response.read())), (200, "PUT", 1_000_000))
    try:
        urllib.request.urlopen("http://nobody.invalid/", timeout=30)
    except urllib.error.HTTPError as refused:
        equal((refused.code, refused.headers["x-weft-cause"]), (503, "unresolved_host"))


globals()[check]()

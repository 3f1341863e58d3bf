package io.weft.engine.config;

/**
 * A host and a TCP port.
 *
 * @param host an IP address, or a host name where the field that holds it allows one
 * @param port 0 to 65535; 0 only where a listener may take any free port
 */
public record Address(String host, int port) {
    public Address {
        if (host.isEmpty()) {
            throw new IllegalArgumentException("an address without a host");
        }
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port " + port + ": expected 0 to 65535");
        }
    }

    @Override
    public String toString() {
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }
}

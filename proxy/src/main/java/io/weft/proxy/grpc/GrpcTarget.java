package io.weft.proxy.grpc;

import io.weft.proxy.tls.ServedContext;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whom a channel connects to, and how.
 *
 * @param host a name, whose addresses are tried in turn, or an address
 * @param port 1 to 65535
 * @param tls for each connection as it is then; stays the caller's; null: plain text
 * @param keepAlive null: nothing is asked of a peer that says nothing
 */
public record GrpcTarget(
        String host,
        int port,
        @Nullable ServedContext tls,
        @Nullable KeepAlive keepAlive) {
    /**
     * How it is noticed that a peer's host vanished: one that said nothing for a while is sent a PING, while there are calls.
     *
     * @param idle how long nothing may come before it
     * @param timeout how long the answer may take
     */
    public record KeepAlive(Duration idle, Duration timeout) {
        public KeepAlive {
            if (!idle.isPositive() || !timeout.isPositive()) {
                throw new IllegalArgumentException(
                        "keep-alive after " + idle + " within " + timeout + ": expected positive times");
            }
        }
    }

    public GrpcTarget {
        if (host.isEmpty() || port < 1 || port > 65535) {
            throw new IllegalArgumentException(
                    "gRPC target \"" + host + "\" port " + port + ": expected a host and a port of 1 to 65535");
        }
    }

    /** Without TLS and keep-alive. */
    public static GrpcTarget plain(String host, int port) {
        return new GrpcTarget(host, port, null, null);
    }

    String scheme() {
        return tls == null ? "http" : "https";
    }

    String authority() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    @Override
    public String toString() {
        return authority();
    }
}

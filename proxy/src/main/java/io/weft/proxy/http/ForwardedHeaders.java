package io.weft.proxy.http;

import io.weft.engine.config.HttpConnectionManager;
import io.weft.engine.config.HttpConnectionManager.Forwarding;
import io.weft.proxy.codec.Headers;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Comparator;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a request is told about whom it comes from, and what it may not claim itself: X-Forwarded-*, x-request-id, Via and Envoy's own headers, as
 * Envoy's connection manager treats them.
 */
final class ForwardedHeaders {
    /** Headers by which a client would steer Envoy's router; only a proxy of one's own may send them. */
    private static final Set<String> CONTROL = Set.of(
            "x-envoy-internal",
            "x-envoy-retriable-status-codes",
            "x-envoy-retriable-header-names",
            "x-envoy-retry-on",
            "x-envoy-retry-grpc-on",
            "x-envoy-max-retries",
            "x-envoy-upstream-alt-stat-name",
            "x-envoy-upstream-rq-timeout-ms",
            "x-envoy-upstream-rq-per-try-timeout-ms",
            "x-envoy-upstream-rq-timeout-alt-response",
            "x-envoy-force-trace",
            "x-envoy-ip-tags",
            "x-envoy-original-url",
            "x-envoy-hedge-on-per-try-timeout");

    /** Those that are besides taken from what comes from outside. */
    private static final Set<String> AT_THE_EDGE = Set.of(
            "x-envoy-decorator-operation",
            "x-envoy-downstream-service-cluster",
            "x-envoy-downstream-service-node",
            "x-envoy-original-path",
            "x-envoy-original-host");

    private final HttpConnectionManager config;
    private final Predicate<String> notBelieved;
    private final String localAddress;

    /** @param respectsExpectedTimeout a proxy in front may say how long it will wait; who comes from outside may not */
    ForwardedHeaders(HttpConnectionManager config, boolean respectsExpectedTimeout) {
        this.config = config;
        boolean edge = config.forwarding().useRemoteAddress();
        boolean timed = respectsExpectedTimeout && !edge;
        this.notBelieved = name -> CONTROL.contains(name)
                || (edge && AT_THE_EDGE.contains(name))
                || (!timed && name.equals(TimeLimits.EXPECTED));
        this.localAddress = localAddress();
    }

    /**
     * What is told of a connection with each of its requests.
     *
     * @param scheme {@code http} or {@code https}
     * @param address the peer's
     * @param forwardedFor how X-Forwarded-For names it
     * @param certificate as X-Forwarded-Client-Cert tells it; null: none was proved, or it is not to be told
     */
    record Peer(
            String scheme,
            String address,
            String forwardedFor,
            @Nullable String certificate) {}

    Peer peer(Downstream downstream) {
        InetAddress address = downstream.remote().getAddress();
        String text = address.getHostAddress();
        return new Peer(
                downstream.tls() == null ? "http" : "https",
                text,
                address.isLoopbackAddress() ? localAddress : text,
                ClientCertificateHeader.of(config.forwarding(), downstream.tls()));
    }

    void apply(Headers headers, Peer peer) {
        Forwarding forwarding = config.forwarding();
        boolean edge = forwarding.useRemoteAddress();
        headers.removeIf("x-envoy-", notBelieved);
        if (edge) {
            String client = trustedClient(headers, forwarding, peer);
            if (forwarding.appendXForwardedFor()) {
                append(headers, "x-forwarded-for", ",", peer.forwardedFor());
            }
            if (forwarding.trustedHops() == 0) {
                headers.set("x-forwarded-proto", peer.scheme());
            }
            headers.set("x-envoy-external-address", client);
        }
        if (!headers.contains("x-forwarded-proto")) {
            headers.add("x-forwarded-proto", peer.scheme());
        }
        appendVia(headers, forwarding);
        ClientCertificateHeader.apply(headers, forwarding.clientCertificate(), peer.certificate());
    }

    /** The address that the last trusted hop saw, else the peer's. */
    private static String trustedClient(Headers headers, Forwarding forwarding, Peer peer) {
        String forwarded = forwarding.trustedHops() > 0 ? headers.joined("x-forwarded-for") : null;
        if (forwarded != null) {
            String[] entries = forwarded.split(",", -1);
            int index = entries.length - forwarding.trustedHops();
            if (index >= 0 && !entries[index].isBlank()) {
                return entries[index].strip();
            }
        }
        return peer.address();
    }

    /** On requests and responses alike (RFC 9110, section 7.6.3). */
    static void appendVia(Headers headers, Forwarding forwarding) {
        if (!forwarding.via().isEmpty()) {
            append(headers, "via", ", ", forwarding.via());
        }
    }

    private static void append(Headers headers, String name, String separator, String value) {
        String present = headers.joined(name);
        headers.set(name, present == null || present.isEmpty() ? value : present + separator + value);
    }

    /**
     * What stands for a loopback peer: the first IPv4 address of this machine that is not loopback, as in Envoy. The first is that of the oldest interface:
     * those of containers and tunnels come and go.
     */
    private static String localAddress() {
        try {
            return NetworkInterface.networkInterfaces()
                    .sorted(Comparator.comparingInt(NetworkInterface::getIndex))
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                    .findFirst()
                    .map(InetAddress::getHostAddress)
                    .orElse("127.0.0.1");
        } catch (SocketException e) {
            return "127.0.0.1";
        }
    }
}

package io.weft.engine.config;

import java.util.List;
import java.util.Set;

/**
 * Reads a connection as HTTP (xDS: {@code HttpConnectionManager}).
 *
 * @param statPrefix for metrics
 * @param codec which versions of HTTP
 * @param routes how requests are routed
 * @param filters in order; the last is the router
 * @param timeouts of connections and streams
 * @param forwarding what a request is told about whom it comes from
 * @param paths how paths are normalized before they are matched
 * @param limits of what a client may send
 * @param upgrades protocols (lower case) to which a request may upgrade: {@code websocket}, {@code connect}
 * @param accessLogs one line a request each
 * @param serverName the value of the {@code server} header of responses; empty: the upstream's passes
 * @param generateRequestId give requests without an {@code x-request-id} one
 */
public record HttpConnectionManager(
        String statPrefix,
        Codec codec,
        RouteSource routes,
        List<HttpFilterEntry> filters,
        HttpTimeouts timeouts,
        Forwarding forwarding,
        PathNormalization paths,
        HttpLimits limits,
        Set<String> upgrades,
        List<AccessLog> accessLogs,
        String serverName,
        boolean generateRequestId)
        implements NetworkFilter {
    public HttpConnectionManager {
        filters = List.copyOf(filters);
        upgrades = Set.copyOf(upgrades);
        accessLogs = List.copyOf(accessLogs);
    }

    /** Which versions of HTTP a connection may speak. */
    public enum Codec {
        /** By ALPN, else by the first bytes. */
        AUTO,
        HTTP1,
        HTTP2
    }

    /** Where the routes come from. */
    public sealed interface RouteSource {
        /** A part of the listener itself. */
        record Inline(RouteConfiguration routes) implements RouteSource {}

        /** Discovered by name. */
        record Rds(String name) implements RouteSource {}
    }

    /**
     * A filter in its place.
     *
     * @param name for per-route configuration and statistics
     * @param config what it does
     */
    public record HttpFilterEntry(String name, FilterConfig config) {}

    /**
     * Timeouts in milliseconds; 0: none.
     *
     * @param connectionIdleMillis a connection without a stream
     * @param streamIdleMillis a stream without a byte in either direction
     * @param requestMillis from a request's first byte to its last
     * @param requestHeadMillis from a request's first byte to the end of its head
     * @param maxConnectionMillis a connection's whole life
     * @param drainMillis how long requests are taken that may be on their way, once a connection has reached its longest life
     * @param delayedCloseMillis how long a client may take to read the last response, after which its connection is closed; 0: none
     */
    public record HttpTimeouts(
            long connectionIdleMillis,
            long streamIdleMillis,
            long requestMillis,
            long requestHeadMillis,
            long maxConnectionMillis,
            long drainMillis,
            long delayedCloseMillis) {}

    /**
     * What a request is told about whom it comes from.
     *
     * @param useRemoteAddress this proxy is the edge: the peer's address is the client's, forwarded headers from it are not believed
     * @param trustedHops how many entries at the right of X-Forwarded-For are believed
     * @param appendXForwardedFor add the peer's address
     * @param clientCertificate what becomes of X-Forwarded-Client-Cert
     * @param clientCertificateDetails what is told of the peer's certificate, beside By and Hash
     * @param via appended to Via; empty: nothing
     */
    public record Forwarding(
            boolean useRemoteAddress,
            int trustedHops,
            boolean appendXForwardedFor,
            ClientCertificate clientCertificate,
            Set<ClientCertificateDetail> clientCertificateDetails,
            String via) {
        public Forwarding {
            clientCertificateDetails = Set.copyOf(clientCertificateDetails);
        }
    }

    /** What becomes of X-Forwarded-Client-Cert (xDS: {@code ForwardClientCertDetails}). */
    public enum ClientCertificate {
        SANITIZE,
        FORWARD_ONLY,
        APPEND_FORWARD,
        SANITIZE_SET,
        ALWAYS_FORWARD_ONLY
    }

    /** Fields of X-Forwarded-Client-Cert that are told on demand. */
    public enum ClientCertificateDetail {
        SUBJECT,
        CERT,
        CHAIN,
        DNS,
        URI
    }

    /**
     * How paths are normalized before they are matched.
     *
     * @param normalize RFC 3986: dot segments, percent-encoding of unreserved characters
     * @param mergeSlashes {@code //} becomes {@code /}
     * @param escapedSlashes what becomes of {@code %2F} and {@code %5C}
     */
    public record PathNormalization(boolean normalize, boolean mergeSlashes, EscapedSlashes escapedSlashes) {}

    /** What becomes of {@code %2F} and {@code %5C} in a path. */
    public enum EscapedSlashes {
        KEEP,
        REJECT,
        UNESCAPE_AND_REDIRECT,
        UNESCAPE_AND_FORWARD
    }

    /**
     * What a client may send.
     *
     * @param maxHeadBytes of a request's head
     * @param maxHeaders of a request
     * @param maxConcurrentStreams of an HTTP/2 connection
     * @param initialStreamWindowBytes HTTP/2
     * @param initialConnectionWindowBytes HTTP/2
     * @param maxRequestsPerConnection 0: no bound
     * @param acceptHttp10 answer HTTP/1.0 requests
     * @param allowAbsoluteUrl take absolute-form targets (RFC 9112, section 3.2.2)
     */
    public record HttpLimits(
            int maxHeadBytes,
            int maxHeaders,
            int maxConcurrentStreams,
            int initialStreamWindowBytes,
            int initialConnectionWindowBytes,
            int maxRequestsPerConnection,
            boolean acceptHttp10,
            boolean allowAbsoluteUrl) {}
}

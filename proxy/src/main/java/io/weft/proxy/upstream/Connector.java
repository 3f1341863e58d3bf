package io.weft.proxy.upstream;

import io.weft.engine.config.Cluster;
import io.weft.proxy.codec.ClientConnection;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.telemetry.TlsTerms;
import io.weft.proxy.workload.LocalWorkload;
import java.net.InetSocketAddress;

/** Opens connections that speak HTTP. */
public interface Connector {
    /**
     * Connects on the loop of the order; called on it. Exactly one method of {@code callback} is called, on that loop, perhaps before this returns:
     * {@link Callback#onConnected} once the handshake is over and HTTP can be spoken (in HTTP/2 before the peer's SETTINGS came, unless
     * it is asked for only {@linkplain WantedVersion#HTTP_2_IF_SPOKEN if it is spoken}), else {@link
     * Callback#onFailed}. TCP connect and TLS handshake share the order's timeout. Errors have the causes CONNECTION_REFUSED, CONNECT_TIMEOUT,
     * TLS_FAILED (the sentence says which certificate was not accepted and why) or CONNECTION_FAILED, all of them surely unprocessed.
     */
    void connect(Order order, Callback callback);

    /**
     * What connection is wanted.
     *
     * @param loop where it lives
     * @param remote resolved
     * @param transport plain or TLS
     * @param source whose certificate is shown
     * @param version which HTTP
     * @param http its settings
     * @param connectTimeoutMillis for TCP and TLS together
     * @param bufferLimitBytes what may wait to be written before streams say that they are not writable
     * @param listener hears of the connection once it is connected
     */
    record Order(
            Loop loop,
            InetSocketAddress remote,
            Transport transport,
            LocalWorkload source,
            WantedVersion version,
            Cluster.UpstreamHttp http,
            long connectTimeoutMillis,
            int bufferLimitBytes,
            ClientConnection.Listener listener) {
        /** The same, of another version. */
        Order by(WantedVersion other) {
            return new Order(
                    loop, remote, transport, source, other, http, connectTimeoutMillis, bufferLimitBytes, listener);
        }
    }

    /** Hears what became of an order. */
    interface Callback {
        void onConnected(ClientConnection connection, Security security);

        void onFailed(ProxyError.Upstream error);
    }

    /**
     * How a connection is secured.
     *
     * @param terms what the handshake agreed on
     * @param mutual whether both sides showed a certificate
     * @param peerPrincipal the SPIFFE ID of the endpoint's certificate; empty: none
     */
    record Security(TlsTerms terms, boolean mutual, String peerPrincipal) {
        public static final Security PLAIN = new Security(TlsTerms.PLAIN, false, "");
    }
}

package io.weft.proxy.http;

import io.weft.proxy.telemetry.TlsTerms;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The connection that requests come in on.
 *
 * @param remote the peer
 * @param local this end, or the destination that a redirect replaced
 * @param tls null: plain text
 */
public record Downstream(
        InetSocketAddress remote,
        InetSocketAddress local,
        @Nullable Tls tls) {

    /**
     * What the handshake agreed on.
     *
     * @param terms version, cipher and key exchange
     * @param serverName SNI; empty: none
     * @param localUris the URI names of the certificate that this side showed
     * @param peer null: the peer showed no certificate
     */
    public record Tls(
            TlsTerms terms,
            String serverName,
            List<String> localUris,
            @Nullable Peer peer) {
        public Tls {
            localUris = List.copyOf(localUris);
        }
    }

    /**
     * The peer's verified certificate.
     *
     * @param principal the SPIFFE ID that the mesh's trust bundle proved; empty: none
     * @param sha256 of its DER form, lower-case hex
     * @param subject RFC 2253
     * @param uris its URI names
     * @param dnsNames its DNS names
     * @param chain leaf first
     */
    public record Peer(
            String principal,
            String sha256,
            String subject,
            List<String> uris,
            List<String> dnsNames,
            List<X509Certificate> chain) {
        public Peer {
            uris = List.copyOf(uris);
            dnsNames = List.copyOf(dnsNames);
            chain = List.copyOf(chain);
        }
    }

    /** Whether both sides showed a certificate. */
    boolean isMutual() {
        return tls != null && tls.peer() != null;
    }

    /** The URI names of the peer's certificate, joined by commas, or an empty string. */
    public String peerUris() {
        return tls == null || tls.peer() == null
                ? ""
                : String.join(",", tls.peer().uris());
    }

    /** The peer's SPIFFE ID, or an empty string. */
    public String principal() {
        return tls == null || tls.peer() == null ? "" : tls.peer().principal();
    }
}

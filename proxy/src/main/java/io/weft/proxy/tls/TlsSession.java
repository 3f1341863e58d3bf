package io.weft.proxy.tls;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import io.weft.proxy.telemetry.TlsTerms;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * What a finished handshake agreed on.
 *
 * @param terms version, cipher and key exchange
 * @param alpn the application protocol; empty: none
 * @param peer absent where the peer showed no certificate
 */
public record TlsSession(
        TlsTerms terms, String alpn, @Nullable PeerCertificate peer) {

    /** Reads a connection of {@code context} whose handshake has succeeded; once per connection, since it parses the certificate's names. */
    public static TlsSession of(SslHandler handler, ServedContext context) {
        SSLEngine engine = handler.engine();
        String alpn = handler.applicationProtocol();
        return new TlsSession(terms(engine), alpn == null ? "" : alpn, peer(engine, context.provesIdentities()));
    }

    private static @Nullable PeerCertificate peer(SSLEngine engine, boolean provesIdentities) {
        try {
            Certificate[] chain = engine.getSession().getPeerCertificates();
            if (chain.length == 0 || !(chain[0] instanceof X509Certificate leaf)) {
                return null;
            }
            return provesIdentities ? PeerCertificate.proved(leaf) : PeerCertificate.of(leaf);
        } catch (SSLPeerUnverifiedException e) {
            return null;
        }
    }

    private static TlsTerms terms(SSLEngine engine) {
        SSLSession session = engine.getSession();
        long pointer = engine instanceof ReferenceCountedOpenSslEngine openSsl ? openSsl.sslPointer() : 0;
        if (pointer == 0) {
            // The JDK's engine, or a connection that is closed by now.
            return new TlsTerms(session.getProtocol(), session.getCipherSuite(), "", false);
        }
        return new TlsTerms(
                session.getProtocol(), SSL.getCipherForSSL(pointer), group(pointer), SSL.isSessionReused(pointer));
    }

    private static String group(long pointer) {
        try {
            String name = SSL.getGroupName(pointer);
            return name == null ? "" : name;
        } catch (Exception e) {
            return "";
        }
    }
}

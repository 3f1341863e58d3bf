package io.weft.proxy.tls;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * What a finished handshake agreed on.
 *
 * @param version such as {@code TLSv1.3}
 * @param cipher the RFC's name
 * @param alpn the application protocol; empty: none
 * @param group the key exchange group; empty: not known (the JDK's engine)
 * @param peer absent where the peer showed no certificate
 */
public record TlsSession(
        String version,
        String cipher,
        String alpn,
        String group,
        @Nullable PeerCertificate peer) {

    /** Reads a connection of {@code context} whose handshake has succeeded; once per connection, since it parses the certificate's names. */
    public static TlsSession of(SslHandler handler, ServedContext context) {
        SSLEngine engine = handler.engine();
        String alpn = handler.applicationProtocol();
        return new TlsSession(
                engine.getSession().getProtocol(),
                engine.getSession().getCipherSuite(),
                alpn == null ? "" : alpn,
                group(engine),
                peer(engine, context.provesIdentities()));
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

    private static String group(SSLEngine engine) {
        if (!(engine instanceof ReferenceCountedOpenSslEngine openSsl)) {
            return "";
        }
        try {
            long pointer = openSsl.sslPointer();
            String name = pointer == 0 ? null : SSL.getGroupName(pointer);
            return name == null ? "" : name;
        } catch (Exception e) {
            return "";
        }
    }
}

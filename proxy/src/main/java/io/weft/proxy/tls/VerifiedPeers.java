package io.weft.proxy.tls;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.ResumableX509ExtendedTrustManager;
import io.weft.core.identity.SvidVerifier.Role;
import io.weft.core.identity.TlsRejectedException;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A trust manager reduced to one question. Resumed sessions are asked again, since a certificate may have ended, or a bundle
 * changed, after the session began.
 */
abstract class VerifiedPeers extends X509ExtendedTrustManager implements ResumableX509ExtendedTrustManager {
    /** Whether the peer that plays {@code role} may prove itself with {@code chain}, leaf first. */
    abstract void verify(List<X509Certificate> chain, Role role) throws CertificateException;

    /** For how long what was verified now would be accepted; empty: for ever. */
    abstract Optional<Duration> accepted(List<X509Certificate> chain);

    private void checkNew(X509Certificate[] chain, Role role, SSLEngine engine) throws CertificateException {
        check(chain, role, engine);
        if (engine instanceof ReferenceCountedOpenSslEngine openSsl) {
            accepted(List.of(chain)).ifPresent(life -> SessionLife.bound(openSsl, life));
        }
    }

    private void check(X509Certificate[] chain, Role role, @Nullable SSLEngine engine) throws CertificateException {
        try {
            verify(List.of(chain), role);
        } catch (TlsRejectedException e) {
            TlsRejectedException told = chain.length == 0
                    ? e
                    : e.claimedBy(PeerCertificate.of(chain[0]).claim());
            // BoringSSL's engine tells the peer by an alert what it is told by a code; the JDK's reads it from the
            // causes.
            throw engine instanceof ReferenceCountedOpenSslEngine ? Alerts.coded(told) : told;
        }
    }

    @Override
    public final void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain, Role.CLIENT, null);
    }

    @Override
    public final void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain, Role.SERVER, null);
    }

    @Override
    public final void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain, Role.CLIENT, null);
    }

    @Override
    public final void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain, Role.SERVER, null);
    }

    @Override
    public final void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        checkNew(chain, Role.CLIENT, engine);
    }

    @Override
    public final void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        checkNew(chain, Role.SERVER, engine);
    }

    @Override
    public final void resumeClientTrusted(X509Certificate[] chain, SSLEngine engine) throws CertificateException {
        check(chain, Role.CLIENT, engine);
    }

    @Override
    public final void resumeServerTrusted(X509Certificate[] chain, SSLEngine engine) throws CertificateException {
        check(chain, Role.SERVER, engine);
    }

    /** None: naming the roots in a certificate request only makes handshakes larger, as every workload has one SVID. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}

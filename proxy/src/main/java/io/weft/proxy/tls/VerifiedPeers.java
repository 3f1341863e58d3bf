package io.weft.proxy.tls;

import io.netty.handler.ssl.ResumableX509ExtendedTrustManager;
import io.weft.core.identity.SvidVerifier.Role;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * A trust manager reduced to one question. Resumed sessions are asked again, since a certificate may have ended, or a bundle
 * changed, after the session began.
 */
abstract class VerifiedPeers extends X509ExtendedTrustManager implements ResumableX509ExtendedTrustManager {
    /** Whether the peer that plays {@code role} may prove itself with {@code chain}, leaf first. */
    abstract void verify(List<X509Certificate> chain, Role role) throws CertificateException;

    @Override
    public final void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        verify(List.of(chain), Role.CLIENT);
    }

    @Override
    public final void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        verify(List.of(chain), Role.SERVER);
    }

    @Override
    public final void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        verify(List.of(chain), Role.CLIENT);
    }

    @Override
    public final void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        verify(List.of(chain), Role.SERVER);
    }

    @Override
    public final void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        verify(List.of(chain), Role.CLIENT);
    }

    @Override
    public final void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        verify(List.of(chain), Role.SERVER);
    }

    @Override
    public final void resumeClientTrusted(X509Certificate[] chain, SSLEngine engine) throws CertificateException {
        verify(List.of(chain), Role.CLIENT);
    }

    @Override
    public final void resumeServerTrusted(X509Certificate[] chain, SSLEngine engine) throws CertificateException {
        verify(List.of(chain), Role.SERVER);
    }

    /** None: naming the roots in a certificate request only makes handshakes larger, as every workload has one SVID. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}

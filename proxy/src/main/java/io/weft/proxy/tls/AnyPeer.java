package io.weft.proxy.tls;

import io.weft.core.identity.SvidVerifier.Role;
import java.security.cert.X509Certificate;
import java.util.List;

/** Believes everyone; only for a configuration that asks for TLS without validation. */
final class AnyPeer extends VerifiedPeers {
    @Override
    void verify(List<X509Certificate> chain, Role role) {}
}

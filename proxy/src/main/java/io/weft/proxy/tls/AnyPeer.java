package io.weft.proxy.tls;

import io.weft.core.identity.SvidVerifier.Role;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Believes everyone; only for a configuration that asks for TLS without validation. */
final class AnyPeer extends VerifiedPeers {
    @Override
    void verify(List<X509Certificate> chain, Role role) {}

    @Override
    Optional<Duration> accepted(List<X509Certificate> chain) {
        return Optional.empty();
    }
}

package io.weft.proxy;

import io.weft.proxy.identity.SvidManager;
import io.weft.proxy.telemetry.Handshakes;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a process shows and agrees on when it speaks TLS.
 *
 * @param svids null: it has no identity
 */
record CertificatesPage(@Nullable SvidManager svids, Handshakes handshakes) {
    String json() {
        return svids == null
                ? CertificatesJson.none(handshakes.agreed())
                : CertificatesJson.of(svids.identity().get(), svids.status(), handshakes.agreed(), Instant.now());
    }

    String metrics() {
        return svids == null ? "" : CertificatesJson.metrics(svids.status());
    }
}

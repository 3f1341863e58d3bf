package io.weft.proxy.tls;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.internal.tcnative.SSL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Ends sessions with the certificates that they began with. The peer's chain is checked again when a session is resumed, but then the handshake is past the point
 * at which an alert could say why it is refused; a session that has ended makes BoringSSL do a full handshake instead, which tells it. Resumptions do not extend
 * it, as they inherit what is left.
 */
final class SessionLife {
    private SessionLife() {}

    /** Until the first certificate of the chain ends. */
    static Duration of(List<X509Certificate> chain, Instant now, Duration leeway) {
        Instant end = chain.stream()
                .map(certificate -> certificate.getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElse(now);
        return Duration.between(now, end.plus(leeway));
    }

    /** While the handshake of {@code engine} runs: its tickets are made of the session as it is when it ends. */
    static void bound(ReferenceCountedOpenSslEngine engine, Duration life) {
        long pointer = engine.sslPointer();
        // A life below a second ends at once.
        long seconds = Math.max(0, life.toSeconds());
        if (pointer != 0 && SSL.getTimeout(pointer) > seconds) {
            SSL.setTimeout(pointer, seconds);
        }
    }
}

package io.weft.proxy;

import io.netty.handler.ssl.OpenSsl;
import io.weft.proxy.transport.TransportChoice;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.cert.CertificateFactory;

/**
 * What a start needs later and what depends on nothing: native libraries and the JDK's cryptography, loaded on a thread beside the one that reads the
 * bootstrap file. Who needs something earlier waits for it, as it would for the class that does it.
 */
final class Preload {
    private Preload() {}

    static void begin(ProxyOptions options) {
        Thread.ofPlatform().daemon().name("weft-preload").start(() -> load(options));
    }

    private static void load(ProxyOptions options) {
        // What does not load is told by who uses it.
        boolean _ = OpenSsl.isAvailable();
        TransportChoice _ = TransportChoice.probe(options.transport());
        try {
            CertificateFactory.getInstance("X.509");
            KeyFactory.getInstance("EC");
            Signature.getInstance("SHA256withECDSA");
        } catch (GeneralSecurityException e) {
            return;
        }
    }
}

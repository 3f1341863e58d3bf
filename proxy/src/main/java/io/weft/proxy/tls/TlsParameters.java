package io.weft.proxy.tls;

import java.util.List;

/**
 * What may be negotiated.
 *
 * @param minimum the lowest version
 * @param maximum the highest version
 * @param alpn application protocols, best first; empty: none are negotiated
 * @param ciphers of TLS 1.2, OpenSSL's or the RFC's names, best first; empty: the engine's defaults
 * @param groups key exchange groups, best first; empty: {@link #DEFAULT_GROUPS}
 * @param halfCloses whether one direction may end before the other (RFC 8446, section 6.1). Netty's BoringSSL engine answers a peer's close_notify with its
 *     own at once, so the JDK's is used then: slower, and without the post-quantum group
 */
public record TlsParameters(
        Version minimum,
        Version maximum,
        List<String> alpn,
        List<String> ciphers,
        List<String> groups,
        boolean halfCloses) {
    /** Hybrid post-quantum first (draft-ietf-tls-ecdhe-mlkem), then the two that every peer has. */
    public static final List<String> DEFAULT_GROUPS = List.of("X25519MLKEM768", "X25519", "P-256");

    /** Protocol versions; older ones are not spoken (RFC 8996). */
    public enum Version {
        TLS_1_2("TLSv1.2"),
        TLS_1_3("TLSv1.3");

        private final String engineName;

        Version(String engineName) {
            this.engineName = engineName;
        }

        String engineName() {
            return engineName;
        }
    }

    public TlsParameters {
        alpn = List.copyOf(alpn);
        ciphers = List.copyOf(ciphers);
        groups = groups.isEmpty() ? DEFAULT_GROUPS : List.copyOf(groups);
        if (minimum.compareTo(maximum) > 0) {
            throw new IllegalArgumentException(
                    "minimum version " + minimum.engineName() + " above the maximum " + maximum.engineName());
        }
        for (String protocol : alpn) {
            if (protocol.isEmpty() || protocol.length() > 255) {
                throw new IllegalArgumentException(
                        "application protocol of " + protocol.length() + " bytes: expected 1 to 255 (RFC 7301)");
            }
        }
    }

    /** Between proxies: TLS 1.3 alone. */
    public static TlsParameters mesh(List<String> alpn) {
        return new TlsParameters(Version.TLS_1_3, Version.TLS_1_3, alpn, List.of(), List.of(), false);
    }

    /** With foreign peers: TLS 1.2 and 1.3. */
    public static TlsParameters foreign(List<String> alpn) {
        return new TlsParameters(Version.TLS_1_2, Version.TLS_1_3, alpn, List.of(), List.of(), false);
    }

    /** For connections that carry bytes of any protocol. */
    public TlsParameters halfClosing() {
        return new TlsParameters(minimum, maximum, alpn, ciphers, groups, true);
    }
}

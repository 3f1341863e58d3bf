package io.weft.proxy.telemetry;

/**
 * What the two ends of a connection agreed on, in the words of Envoy's access log.
 *
 * @param version such as {@code TLSv1.3}; empty: no TLS
 * @param cipher OpenSSL's name, which in TLS 1.3 is the RFC's
 * @param group the key exchange; {@code X25519MLKEM768} is safe from quantum computers too. Empty: not known, as the JDK's engine does not tell
 * @param resumed whether an earlier session went on (RFC 8446, section 2.2)
 */
public record TlsTerms(String version, String cipher, String group, boolean resumed) {
    /** Of a connection in plain text. */
    public static final TlsTerms PLAIN = new TlsTerms("", "", "", false);
}

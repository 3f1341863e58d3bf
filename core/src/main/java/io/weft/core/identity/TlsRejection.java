package io.weft.core.identity;

/** Why a TLS handshake failed. The wire names are what metrics, access logs and {@code x-weft-cause} say: a closed set. */
public enum TlsRejection {
    NO_CLIENT_CERTIFICATE("no_certificate", "the peer gave no client certificate"),
    EXPIRED("expired", "the peer's certificate has expired"),
    NOT_YET_VALID("not_yet_valid", "the peer's certificate is not valid yet"),
    NOT_AN_SVID("not_an_svid", "the peer's certificate states no SPIFFE identity"),
    WRONG_TRUST_DOMAIN("wrong_trust_domain", "the peer's certificate belongs to another trust domain"),
    WRONG_IDENTITY("wrong_identity", "the peer is not who was expected"),
    SELF_SIGNED("self_signed", "the peer's certificate is self-signed"),
    UNKNOWN_AUTHORITY("untrusted", "the peer's certificate does not lead to a trusted root"),
    WRONG_KEY_USAGE("wrong_key_usage", "the peer's certificate is not meant for this use"),
    WEAK_CRYPTOGRAPHY("weak_cryptography", "the peer's certificate has a key or a signature that is too weak"),
    /** The other side refused what we showed, and told so by an alert. */
    REFUSED_BY_PEER("refused_by_peer", "the peer refused the handshake"),
    TIMEOUT("timeout", "the TLS handshake took too long"),
    /** Too many had not ended: this one was the oldest. */
    CROWDED_OUT("crowded_out", "the TLS handshake made room for newer ones"),
    /** More came than a process begins within a second. */
    RATE_LIMITED("rate_limited", "too many TLS handshakes came at once"),
    CONNECTION_CLOSED("connection_closed", "the connection ended before its TLS handshake did"),
    UNKNOWN_SERVER_NAME("unknown_server_name", "the client asks for a server name that nobody here has"),
    NOT_TLS("not_tls", "the peer does not speak TLS"),
    /** No common version, cipher or protocol, or a message that breaks the protocol. */
    HANDSHAKE_FAILED("handshake_failed", "the TLS handshake failed");

    private final String wireName;
    private final String sentence;

    TlsRejection(String wireName, String sentence) {
        this.wireName = wireName;
        this.sentence = sentence;
    }

    /** As metrics and logs have it. */
    public String wireName() {
        return wireName;
    }

    /** What happened, for people. */
    public String sentence() {
        return sentence;
    }
}

package io.weft.core.identity;

/** Why a TLS handshake failed; the label under which failures are counted. */
public enum TlsRejection {
    NO_CLIENT_CERTIFICATE("the peer gave no client certificate"),
    EXPIRED("the peer's certificate has expired"),
    NOT_YET_VALID("the peer's certificate is not valid yet"),
    NOT_AN_SVID("the peer's certificate states no SPIFFE identity"),
    WRONG_TRUST_DOMAIN("the peer's certificate belongs to another trust domain"),
    WRONG_IDENTITY("the peer is not who was expected"),
    SELF_SIGNED("the peer's certificate is self-signed"),
    UNKNOWN_AUTHORITY("the peer's certificate does not lead to a trusted root"),
    WRONG_KEY_USAGE("the peer's certificate is not meant for this use"),
    /** The other side refused what we showed, and told so by an alert. */
    REFUSED_BY_PEER("the peer refused the handshake"),
    /** No common version, cipher or protocol, bytes that are not TLS, a connection that ended midway. */
    HANDSHAKE_FAILED("the TLS handshake failed");

    private final String sentence;

    TlsRejection(String sentence) {
        this.sentence = sentence;
    }

    /** What happened, for people. */
    public String sentence() {
        return sentence;
    }
}

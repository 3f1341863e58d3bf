package io.weft.proxy.codec;

/** The peer broke a rule in a way that the connection does not survive (RFC 9113, section 5.4.1). */
final class Http2Exception extends Exception {
    private static final long serialVersionUID = 1L;

    private final Http2Error error;

    Http2Exception(Http2Error error, String reason) {
        // Made by whoever attacks: without a stack trace it costs little.
        super(reason, null, false, false);
        this.error = error;
    }

    static Http2Exception protocol(String reason) {
        return new Http2Exception(Http2Error.PROTOCOL_ERROR, reason);
    }

    Http2Error error() {
        return error;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}

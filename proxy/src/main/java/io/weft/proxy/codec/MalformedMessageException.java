package io.weft.proxy.codec;

/** What came in breaks HTTP's rules or a bound; carries the status that a client of HTTP/1.1 is told. */
final class MalformedMessageException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final StreamReset.Kind kind;

    MalformedMessageException(int status, String reason) {
        // Made by whoever attacks: without a stack trace it costs little.
        super(reason, null, false, false);
        this.status = status;
        this.kind = status == 431 || status == 414 || status == 413
                ? StreamReset.Kind.TOO_LARGE
                : StreamReset.Kind.PROTOCOL_ERROR;
    }

    static MalformedMessageException bad(String reason) {
        return new MalformedMessageException(400, reason);
    }

    int status() {
        return status;
    }

    StreamReset.Kind kind() {
        return kind;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}

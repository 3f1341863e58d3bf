package io.weft.control.config;

/** A store could not do what it was asked; the message says what an operator can do about it. */
public final class StoreException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What is wrong with the store. */
    public enum Reason {
        FULL,
        CORRUPT,
        LOCKED,
        UNUSABLE
    }

    private final Reason reason;

    StoreException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    StoreException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}

package io.weft.control.config;

import java.nio.file.Path;

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

    static StoreException damaged(Path file, String how) {
        return new StoreException(Reason.CORRUPT, damage(file, how));
    }

    static StoreException damaged(Path file, String how, Throwable cause) {
        return new StoreException(Reason.CORRUPT, damage(file, how), cause);
    }

    private static String damage(Path file, String how) {
        return file + " is damaged: " + how
                + "; nothing was changed. Restore a backup with 'weft restore'; without one, move the files config.* away"
                + " and apply the resources again";
    }

    public Reason reason() {
        return reason;
    }
}

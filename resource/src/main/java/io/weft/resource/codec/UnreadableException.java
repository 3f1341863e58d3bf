package io.weft.resource.codec;

/** A text cannot be read past this line. */
final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int line;

    UnreadableException(int line, String message) {
        super(message);
        this.line = line;
    }

    int line() {
        return line;
    }

    /** What is wrong, and what was expected. */
    String reason() {
        return String.valueOf(getMessage());
    }
}

package io.weft.proxy.listener;

/** A listener could not be opened; the message says why. */
public final class ListenerFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    ListenerFailedException(String message) {
        super(message);
    }
}

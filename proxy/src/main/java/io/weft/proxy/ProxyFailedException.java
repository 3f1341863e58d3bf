package io.weft.proxy;

/** A proxy could not start; the message says why and what to do. */
public final class ProxyFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    ProxyFailedException(String message) {
        super(message);
    }

    ProxyFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}

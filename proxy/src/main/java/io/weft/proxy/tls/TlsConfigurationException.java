package io.weft.proxy.tls;

/** Certificates, keys or parameters that no TLS context can be made of; the message says which and why. */
public final class TlsConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TlsConfigurationException(String message) {
        super(message);
    }

    public TlsConfigurationException(String message, Throwable cause) {
        super(message, cause);
    }
}

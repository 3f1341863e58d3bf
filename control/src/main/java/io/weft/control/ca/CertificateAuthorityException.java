package io.weft.control.ca;

/** The authority's files cannot serve, or a request cannot be signed; the message says why and what to do. */
public final class CertificateAuthorityException extends Exception {
    private static final long serialVersionUID = 1L;

    public CertificateAuthorityException(String message) {
        super(message);
    }

    public CertificateAuthorityException(String message, Throwable cause) {
        super(message, cause);
    }
}

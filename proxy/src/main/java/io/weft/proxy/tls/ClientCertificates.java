package io.weft.proxy.tls;

/** Whether a server asks its clients for a certificate. */
public enum ClientCertificates {
    /** A handshake without one fails. */
    REQUIRED,
    /** One that is given must be valid; none is accepted. */
    REQUESTED,
    /** Not asked for. */
    NONE
}

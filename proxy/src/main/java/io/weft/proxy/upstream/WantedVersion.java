package io.weft.proxy.upstream;

/** Which version of HTTP a connection shall speak. */
public enum WantedVersion {
    /** Offered alone where there is ALPN. */
    HTTP_1_1,
    /** Offered alone where there is ALPN; with prior knowledge in plain text. */
    HTTP_2,
    /** Both are offered, the endpoint chooses; HTTP/1.1 where it does not, and in plain text. */
    BY_ALPN
}

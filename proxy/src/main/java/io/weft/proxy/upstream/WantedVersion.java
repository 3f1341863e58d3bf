package io.weft.proxy.upstream;

/** Which version of HTTP a connection shall speak. */
public enum WantedVersion {
    /** Offered alone where there is ALPN. */
    HTTP_1_1,
    /** Offered alone where there is ALPN; with prior knowledge in plain text. */
    HTTP_2,
    /** HTTP/2 alone where there is ALPN; in plain text HTTP/2 where the endpoint answers its preface, else HTTP/1.1. */
    HTTP_2_IF_SPOKEN,
    /** Both are offered, the endpoint chooses; HTTP/1.1 where it does not, and in plain text. */
    BY_ALPN
}

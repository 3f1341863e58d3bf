package io.weft.proxy.upstream;

import io.weft.engine.config.UpstreamTls;
import org.jspecify.annotations.Nullable;

/** How bytes reach an endpoint. Compared by identity: a cluster makes one for all endpoints that are reached alike. */
public final class Transport {
    private final @Nullable UpstreamTls tls;
    private final String expectedIdentity;

    /**
     * @param tls null: plain text
     * @param expectedIdentity the SPIFFE ID that the endpoint must show, beside what {@code tls} asks for; empty: none
     */
    public Transport(@Nullable UpstreamTls tls, String expectedIdentity) {
        this.tls = tls;
        this.expectedIdentity = expectedIdentity;
    }

    /** Null: plain text. */
    public @Nullable UpstreamTls tls() {
        return tls;
    }

    public String expectedIdentity() {
        return expectedIdentity;
    }
}

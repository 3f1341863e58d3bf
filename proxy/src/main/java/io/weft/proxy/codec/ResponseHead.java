package io.weft.proxy.codec;

import io.weft.proxy.telemetry.RequestRecord;
import org.jspecify.annotations.Nullable;

/**
 * The head of a response, without regard to the version of HTTP; framing and hop-by-hop fields are not among the headers (see
 * {@link RequestHead}). An accepted upgrade is 101 in every version, an accepted CONNECT is 200.
 */
public final class ResponseHead implements RequestRecord.HeaderSource {
    private final int status;
    private final Headers headers;

    /**
     * @param status 100 to 599
     * @param headers all other fields
     */
    public ResponseHead(int status, Headers headers) {
        this.status = status;
        this.headers = headers;
    }

    public int status() {
        return status;
    }

    public Headers headers() {
        return headers;
    }

    /** As access logs name them. */
    @Override
    public @Nullable String get(String name) {
        return headers.joined(name);
    }

    @Override
    public ResponseHead lasting() {
        return new ResponseHead(status, new Headers(headers));
    }

    @Override
    public long retainedBytes() {
        return headers.retainedBytes();
    }

    /** 100 to 199, but 101: more heads follow. */
    public boolean isInformational() {
        return status < 200 && status != 101;
    }
}

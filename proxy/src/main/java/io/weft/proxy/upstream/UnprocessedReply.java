package io.weft.proxy.upstream;

import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import org.jspecify.annotations.Nullable;

/**
 * How the proxy in front of an application tells the client's proxy that the application surely did not get a request, so that it may be sent to
 * another endpoint whatever its method is: a header of the reply that it makes itself. Told over mutual TLS only and believed over mutual TLS only;
 * every proxy takes the header from all other responses, so that no application can send it.
 */
public final class UnprocessedReply {
    /** Its value is the {@link Cause} by its wire name. */
    public static final String HEADER = "x-weft-unprocessed";

    private UnprocessedReply() {}

    /** Whether an error means that the application did not get the request. */
    public static boolean isTellable(ProxyError error) {
        return error instanceof ProxyError.Upstream
                && error.surelyUnprocessed()
                && switch (error.cause()) {
                    case CONNECTION_REFUSED,
                            CONNECTION_FAILED,
                            CONNECT_TIMEOUT,
                            TLS_FAILED,
                            NO_DESCRIPTORS,
                            APPLICATION_REFUSED,
                            UPSTREAM_REFUSED -> true;
                    // The others leave it open, or say that this proxy is overloaded: going on at once would make it
                    // worse.
                    case NO_ROUTE,
                            NO_CLUSTER,
                            NO_HEALTHY_UPSTREAM,
                            UNRESOLVED_HOST,
                            LOOP,
                            OVERFLOW,
                            OVERLOADED,
                            UPSTREAM_RESET,
                            UPSTREAM_CLOSED,
                            STALE_CONNECTION,
                            UPSTREAM_PROTOCOL_ERROR,
                            UPSTREAM_TOO_LARGE,
                            REQUEST_TIMEOUT,
                            PER_TRY_TIMEOUT,
                            RESPONSE_HEAD_TIMEOUT,
                            STREAM_IDLE,
                            MAX_STREAM_DURATION,
                            DEADLINE,
                            DRAIN_BOUND,
                            REQUEST_RECEIVE_TIMEOUT,
                            DOWNSTREAM_RESET,
                            BAD_REQUEST,
                            REQUEST_TOO_LARGE,
                            UPGRADE_REFUSED,
                            INTERNAL_ERROR -> false;
                };
    }

    public static void tell(ProxyError error, Headers headers) {
        headers.set(HEADER, error.cause().wireName());
    }

    /** Before a response goes on: what is there was not told by a proxy that is believed. */
    public static void strip(Headers headers) {
        headers.remove(HEADER);
    }

    /** What an endpoint's proxy told; null where it told nothing that is believed. */
    static @Nullable Cause told(ResponseHead head, Connector.Security security) {
        String value = head.headers().get(HEADER);
        if (value == null || !security.mutual()) {
            return null;
        }
        return value.equals(Cause.UPSTREAM_REFUSED.wireName()) ? Cause.UPSTREAM_REFUSED : Cause.APPLICATION_REFUSED;
    }
}

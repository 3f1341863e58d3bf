package io.weft.proxy.upstream;

import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import org.jspecify.annotations.Nullable;

/**
 * How the proxy in front of an application tells the client's proxy what became of a request that has no answer, by a header of the reply that it makes
 * itself: the application surely did not get it, so that it may be sent to another endpoint whatever its method is; or the application's connection
 * ended with it, so that it may be sent to another where the method allows it. Told over mutual TLS only and believed over mutual TLS only; every proxy
 * takes the headers from all other responses, so that no application can send them.
 */
public final class UnprocessedReply {
    /** The application did not get it. The value is the {@link Cause} by its wire name. */
    public static final String HEADER = "x-weft-unprocessed";

    /** The application may have got it, and is gone. The value is the {@link Cause} by its wire name. */
    public static final String LOST = "x-weft-lost";

    private UnprocessedReply() {}

    /**
     * Which of the two headers an error calls for; null: none.
     *
     * @param mayBeProcessed whether a try before the one that ended so may have had an effect
     */
    public static @Nullable String header(ProxyError error, boolean mayBeProcessed) {
        if (!(error instanceof ProxyError.Upstream)) {
            return null;
        }
        return switch (error.cause()) {
            case CONNECTION_REFUSED,
                    CONNECTION_FAILED,
                    CONNECT_TIMEOUT,
                    TLS_FAILED,
                    NO_DESCRIPTORS,
                    APPLICATION_REFUSED,
                    UPSTREAM_REFUSED -> mayBeProcessed || !error.surelyUnprocessed() ? LOST : HEADER;
            case UPSTREAM_CLOSED, STALE_CONNECTION -> LOST;
            // The others are an answer of a kind, or say that this proxy is overloaded: going on at once would make it
            // worse.
            case NO_ROUTE,
                    NO_CLUSTER,
                    NO_HEALTHY_UPSTREAM,
                    UNRESOLVED_HOST,
                    LOOP,
                    OVERFLOW,
                    OVERLOADED,
                    UPSTREAM_RESET,
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
                    INTERNAL_ERROR -> null;
        };
    }

    /** Before a response goes on: what is there was not told by a proxy that is believed. */
    public static void strip(Headers headers) {
        headers.remove(HEADER);
        headers.remove(LOST);
    }

    /** What an endpoint's proxy told; null where it told nothing that is believed. */
    static @Nullable Cause told(ResponseHead head, Connector.Security security) {
        String value = head.headers().get(HEADER);
        if (value == null || !security.mutual()) {
            return null;
        }
        return value.equals(Cause.UPSTREAM_REFUSED.wireName()) ? Cause.UPSTREAM_REFUSED : Cause.APPLICATION_REFUSED;
    }

    /** Whether an endpoint's proxy that is believed told that its application is gone with the request. */
    public static boolean tellsLoss(ResponseHead head, Connector.Security security) {
        return head.headers().contains(LOST) && security.mutual();
    }
}

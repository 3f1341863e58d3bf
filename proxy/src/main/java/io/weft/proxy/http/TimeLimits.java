package io.weft.proxy.http;

import io.weft.engine.config.RouteAction.RouteTimeouts;
import io.weft.proxy.codec.Headers;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long a request may take: what its route says, and what its sender says that is left. Both of the sender's headers are honoured where they
 * are shorter, and passed on with what is left of them: gRPC's deadline, {@code grpc-timeout}, counts from the request's begin; {@code
 * x-envoy-expected-rq-timeout-ms}, by which a proxy tells the next how long it will wait, from the request's end (Envoy's router: {@code
 * respect_expected_rq_timeout}).
 */
final class TimeLimits {
    static final String EXPECTED = "x-envoy-expected-rq-timeout-ms";
    private static final String GRPC_TIMEOUT = "grpc-timeout";

    /** Longer ones are no limit to anybody, and overflow when they are counted in nanoseconds. */
    private static final int MAX_DIGITS = 11;

    /** Of the route that was asked last. */
    private static volatile @Nullable TimeLimits last;

    private final long startNanos;
    private final long requestMillis;
    private final boolean asked;
    private final long grpcMillis;

    private TimeLimits(long startNanos, long requestMillis, boolean asked, long grpcMillis) {
        this.startNanos = startNanos;
        this.requestMillis = requestMillis;
        this.asked = asked;
        this.grpcMillis = grpcMillis;
    }

    /**
     * @param respectExpected whether what a proxy in front says counts
     * @param startNanos the request's begin
     */
    static TimeLimits of(Headers headers, RouteTimeouts timeouts, boolean respectExpected, long startNanos) {
        String deadline = timeouts.honourGrpcTimeout() ? headers.get(GRPC_TIMEOUT) : null;
        long grpcMillis = deadline == null ? -1 : GrpcTimeout.parseMillis(deadline);
        long route = Math.max(0, timeouts.requestMillis());
        String expected = respectExpected ? headers.get(EXPECTED) : null;
        long told = expected == null ? 0 : parse(expected);
        boolean asked = told > 0 && (route == 0 || told < route);
        return asked || grpcMillis >= 0
                ? new TimeLimits(startNanos, asked ? told : route, asked, grpcMillis)
                : of(route);
    }

    /** What a route alone says is the same for all its requests. */
    private static TimeLimits of(long requestMillis) {
        TimeLimits known = last;
        if (known == null || known.requestMillis != requestMillis) {
            known = new TimeLimits(0, requestMillis, false, -1);
            last = known;
        }
        return known;
    }

    private static long parse(String text) {
        if (text.isEmpty() || text.length() > MAX_DIGITS) {
            return 0;
        }
        long millis = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return 0;
            }
            millis = millis * 10 + (c - '0');
        }
        return millis;
    }

    /** From the request's end to the response's; 0: no limit. */
    long requestMillis() {
        return requestMillis;
    }

    /** From the request's begin; 0: over already; -1: no limit. */
    long grpcMillis() {
        return grpcMillis;
    }

    /** Whether each try has a head of its own, since it is told another time. */
    boolean differByTry() {
        return grpcMillis > 0;
    }

    /**
     * Tells the endpoint how long it has, as far as the request's end is known: of a try, and of what is left of the whole.
     *
     * @param requestEndNanos -1: not there yet
     * @param perTryMillis 0: no limit of a try's own
     */
    void tell(
            Headers headers, long nowNanos, long requestEndNanos, boolean firstTry, long perTryMillis, boolean quiet) {
        if (grpcMillis > 0) {
            long left = grpcMillis - TimeUnit.NANOSECONDS.toMillis(nowNanos - startNanos);
            headers.set(GRPC_TIMEOUT, GrpcTimeout.format(Math.max(1, left)));
        }
        if (quiet) {
            return;
        }
        boolean whole = requestMillis == 0 || requestEndNanos < 0 || (firstTry && !asked);
        long left = whole
                ? requestMillis
                : Math.max(1, requestMillis - TimeUnit.NANOSECONDS.toMillis(nowNanos - requestEndNanos));
        long expected = perTryMillis > 0 && (left == 0 || perTryMillis < left) ? perTryMillis : left;
        if (expected > 0) {
            headers.set(EXPECTED, Decimals.text(expected));
        } else {
            headers.remove(EXPECTED);
        }
    }
}

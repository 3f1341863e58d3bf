package io.weft.proxy.listener;

import io.weft.proxy.codec.HttpVersion;
import java.time.Duration;

/**
 * How listeners end.
 *
 * @param bound within which requests and connections may end by themselves; what is left then is cut
 * @param accept how long new connections are taken while others end, each for what it brings at once; zero: not at all
 * @param idle how long an idle connection of HTTP/1.1 is kept open for a request that may be on its way
 */
public record DrainPlan(Duration bound, Duration accept, Duration idle) {
    private static final Duration GRACE = Duration.ofSeconds(1);
    /** Until most of those who use the connection have found another endpoint. */
    private static final Duration LONG_IDLE = Duration.ofSeconds(5);

    public DrainPlan {
        if (bound.isNegative() || accept.isNegative() || idle.isNegative()) {
            throw new IllegalArgumentException("drain within " + bound + ", accepting for " + accept + ", idle for "
                    + idle + ": expected no negative durations");
        }
    }

    /** How long a connection takes requests that may be on their way: of HTTP/2, whose clients are told at once, no longer than that. */
    long graceMillis(HttpVersion version) {
        return version == HttpVersion.HTTP_2 ? Math.min(GRACE.toMillis(), idle.toMillis()) : idle.toMillis();
    }

    /** Everybody knows that it ends: what still comes was on its way. */
    public static DrainPlan announced(Duration bound) {
        return new DrainPlan(bound, GRACE, GRACE);
    }

    /** Nobody was told: refused connections tell it. */
    public static DrainPlan unannounced(Duration bound) {
        return new DrainPlan(bound, Duration.ZERO, GRACE);
    }

    /** Not everybody knows: those who do not shall find another endpoint by themselves. */
    public static DrainPlan partlyAnnounced(Duration bound) {
        return new DrainPlan(bound, Duration.ZERO, LONG_IDLE);
    }
}

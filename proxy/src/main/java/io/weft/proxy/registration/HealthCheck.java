package io.weft.proxy.registration;

import java.time.Duration;

/**
 * How an application is asked whether it is well.
 *
 * @param probe the question
 * @param interval between two probes; while the application was never well yet, a fifth of it, so that a start is seen soon
 * @param timeout of one probe
 * @param healthyThreshold good answers in a row that make it well
 * @param unhealthyThreshold bad ones in a row that make it unwell
 */
public record HealthCheck(
        Probe probe, Duration interval, Duration timeout, int healthyThreshold, int unhealthyThreshold) {
    /** A TCP connect each second; one success makes it well, two failures unwell. */
    public static final HealthCheck CONNECT =
            new HealthCheck(new Probe.Connect(), Duration.ofSeconds(1), Duration.ofSeconds(1), 1, 2);

    public HealthCheck {
        if (!interval.isPositive() || !timeout.isPositive()) {
            throw new IllegalArgumentException(
                    "health check interval " + interval + ", timeout " + timeout + ": expected positive durations");
        }
        if (healthyThreshold < 1 || unhealthyThreshold < 1) {
            throw new IllegalArgumentException("health check thresholds " + healthyThreshold + " and "
                    + unhealthyThreshold + ": expected at least 1");
        }
    }

    /** {@link #CONNECT}, but asking for an HTTP path. */
    public static HealthCheck http(String path) {
        return new HealthCheck(
                new Probe.HttpGet(path),
                CONNECT.interval(),
                CONNECT.timeout(),
                CONNECT.healthyThreshold(),
                CONNECT.unhealthyThreshold());
    }

    /** What an application is asked. */
    public sealed interface Probe {
        /** A TCP connection that opens. */
        record Connect() implements Probe {}

        /**
         * An HTTP/1.1 GET that is answered with 200 to 299.
         *
         * @param path begins with a slash; printable ASCII without spaces
         */
        record HttpGet(String path) implements Probe {
            public HttpGet {
                if (!path.startsWith("/") || path.chars().anyMatch(c -> c <= ' ' || c > '~')) {
                    throw new IllegalArgumentException("health check path \"" + path
                            + "\": expected a path that begins with a slash, without spaces");
                }
            }
        }
    }
}

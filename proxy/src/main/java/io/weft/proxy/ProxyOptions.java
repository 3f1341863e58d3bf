package io.weft.proxy;

import io.weft.core.identity.SvidVerifier;
import io.weft.proxy.transport.TransportKind;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a proxy is started with, beside its bootstrap file.
 *
 * @param bootstrap Envoy's Bootstrap message, YAML or JSON
 * @param tokenFile holds a join token; null: the identity on disk must do, or none is needed
 * @param stateDirectory of this proxy alone: identity, configuration cache, ports
 * @param transport how to talk to the kernel; null: what serves best here
 * @param loops event loops; at least 1
 * @param drainBound how long requests that run may take to end at a stop; 0 to 3600 s
 * @param clockLeeway how far the clocks of two hosts may be apart: certificates are believed for as long beyond their life
 * @param warmUpRequests requests of its own before it is ready; 0: none
 */
public record ProxyOptions(
        Path bootstrap,
        @Nullable Path tokenFile,
        Path stateDirectory,
        @Nullable TransportKind transport,
        int loops,
        Duration drainBound,
        Duration clockLeeway,
        int warmUpRequests) {
    /** Loops of a sidecar: more would take cores from the application. */
    public static final int SIDECAR_LOOPS = 2;

    /** What a proxy that is a process of its own sends: measured, docs/performance.md. */
    public static final int DEFAULT_WARM_UP_REQUESTS = 60;

    private static final int MAX_WARM_UP_REQUESTS = 100_000;

    public static final Duration DEFAULT_DRAIN_BOUND = Duration.ofSeconds(10);
    public static final Duration MAX_DRAIN_BOUND = Duration.ofHours(1);

    public ProxyOptions {
        if (loops < 1) {
            throw new IllegalArgumentException("loops " + loops + ": expected at least 1");
        }
        if (drainBound.isNegative() || drainBound.compareTo(MAX_DRAIN_BOUND) > 0) {
            throw new IllegalArgumentException(
                    "drain bound of " + drainBound.toSeconds() + " s: expected 0 to " + MAX_DRAIN_BOUND.toSeconds());
        }
        SvidVerifier.checkedLeeway(clockLeeway);
        checkedWarmUpRequests(warmUpRequests);
    }

    /**
     * The number itself.
     *
     * @throws IllegalArgumentException where it is not one of requests to warm up by
     */
    public static int checkedWarmUpRequests(int requests) {
        if (requests < 0 || requests > MAX_WARM_UP_REQUESTS) {
            throw new IllegalArgumentException(
                    requests + " requests to warm up: expected 0 to " + MAX_WARM_UP_REQUESTS);
        }
        return requests;
    }

    /** With the leeway of a minute, and no warm-up. */
    public ProxyOptions(
            Path bootstrap,
            @Nullable Path tokenFile,
            Path stateDirectory,
            @Nullable TransportKind transport,
            int loops,
            Duration drainBound) {
        this(bootstrap, tokenFile, stateDirectory, transport, loops, drainBound, SvidVerifier.DEFAULT_LEEWAY, 0);
    }
}

package io.weft.resource.model;

import io.weft.core.identity.TrustDomain;
import java.time.Duration;

/**
 * What holds for the mesh as a whole. There is one, named {@link #NAME}; without it {@link #DEFAULTS} holds.
 *
 * @param defaults the farthest TrafficPolicy of all
 * @param svidTtl how long a workload's certificate is valid, 10 s to 30 days
 * @param accessLog whether proxies write an access log
 */
public record MeshConfig(
        Metadata metadata,
        TrustDomain trustDomain,
        OutboundPolicy outboundPolicy,
        TrafficSettings defaults,
        Duration svidTtl,
        boolean accessLog)
        implements Resource {
    public static final String NAME = "default";
    public static final Duration MIN_SVID_TTL = Duration.ofSeconds(10);
    public static final Duration MAX_SVID_TTL = Duration.ofDays(30);

    public static final MeshConfig DEFAULTS = new MeshConfig(
            Metadata.of("", NAME),
            new TrustDomain("cluster.local"),
            OutboundPolicy.ALLOW_ANY,
            TrafficSettings.UNSET,
            Duration.ofHours(24),
            false);

    public MeshConfig {
        Require.that(metadata.name().equals(NAME), "metadata.name", metadata.name(), "\"" + NAME + "\"");
        Require.that(
                svidTtl.compareTo(MIN_SVID_TTL) >= 0 && svidTtl.compareTo(MAX_SVID_TTL) <= 0,
                "svidTtl",
                svidTtl,
                "10s to 720h");
    }

    /** What happens to requests for hosts outside the mesh. */
    public enum OutboundPolicy {
        /** They pass as they are. */
        ALLOW_ANY,
        /** They are refused. */
        REGISTRY_ONLY
    }
}

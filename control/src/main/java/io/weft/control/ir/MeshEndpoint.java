package io.weft.control.ir;

import io.weft.core.identity.SpiffeId;
import io.weft.resource.model.Locality;
import java.util.Comparator;

/**
 * An address that serves a service's port.
 *
 * @param identity what its certificate must say; where it is reached in plain text, who is said to be there
 * @param reach how it is reached
 * @param workload for records of traffic
 * @param version the workload's label "version"; empty where it has none
 */
public record MeshEndpoint(
        String address,
        int port,
        SpiffeId identity,
        Reach reach,
        Locality locality,
        String namespace,
        String workload,
        String version)
        implements Comparable<MeshEndpoint> {
    private static final Comparator<MeshEndpoint> ORDER = Comparator.comparing(
                    (MeshEndpoint endpoint) -> endpoint.locality.region())
            .thenComparing(endpoint -> endpoint.locality.zone())
            .thenComparing(endpoint -> endpoint.locality.subZone())
            .thenComparing(MeshEndpoint::address)
            .thenComparingInt(MeshEndpoint::port)
            .thenComparing(MeshEndpoint::workload);

    /** What stands at the address. */
    public enum Reach {
        /** A proxy that takes mutual TLS. */
        MTLS("mtls"),
        /** An application without a proxy, or a proxy that takes plain text only. */
        PLAIN("plain");

        private final String wireName;

        Reach(String wireName) {
            this.wireName = wireName;
        }

        public String wireName() {
            return wireName;
        }
    }

    @Override
    public int compareTo(MeshEndpoint other) {
        return ORDER.compare(this, other);
    }
}

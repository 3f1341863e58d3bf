package io.weft.proxy.registration;

import java.util.List;
import java.util.Map;

/**
 * A workload that this process stands for.
 *
 * @param nodeId the proxy's node id
 * @param namespace the workload's
 * @param name the workload's
 * @param serviceAccount the workload's identity
 * @param labels of the workload; {@code version} tells versions of a service apart
 * @param address where other proxies reach its inbound listener
 * @param inboundPort the port of that listener, already allocated: 1 to 65535
 * @param locality where it runs
 * @param services what it serves
 */
public record WorkloadOffer(
        String nodeId,
        String namespace,
        String name,
        String serviceAccount,
        Map<String, String> labels,
        String address,
        int inboundPort,
        Place locality,
        List<ServiceOffer> services) {
    public WorkloadOffer {
        labels = Map.copyOf(labels);
        services = List.copyOf(services);
        ServiceOffer.requirePort("inbound port of " + namespace + "/" + name, inboundPort);
    }

    /** A place; parts may be empty. */
    public record Place(String region, String zone, String subZone) {
        public static final Place NONE = new Place("", "", "");
    }
}

package io.weft.resource.model;

import java.util.List;

/**
 * One instance: an application, and the proxy in front of it where there is one. Its labels are those of the metadata.
 *
 * @param services what it offers; may be empty (a pure client)
 * @param address where other proxies reach it: an IP address or a host name
 * @param inboundPort the port of its proxy; 0: it has no proxy and is reached in plain text on the application's ports
 * @param serviceAccount who it is, together with the namespace
 */
public record Workload(
        Metadata metadata,
        List<OfferedService> services,
        String address,
        int inboundPort,
        Locality locality,
        String serviceAccount,
        Health health)
        implements Resource {
    /** A workload that does not name its service account has this one. */
    public static final String DEFAULT_SERVICE_ACCOUNT = "default";

    public Workload {
        Require.that(!address.isEmpty(), "address", address, "an IP address or a host name");
        Require.portOrNone("inboundPort", inboundPort);
        Require.subdomain("serviceAccount", serviceAccount);
        services = List.copyOf(services);
    }

    /** Whether a proxy of the mesh stands in front of it. */
    public boolean meshed() {
        return inboundPort != 0;
    }

    /** Whether an instance should get requests. */
    public enum Health {
        HEALTHY,
        UNHEALTHY,
        /** It is leaving: it finishes what it has and gets nothing new. */
        DRAINING
    }

    /**
     * @param name of the Service, in the workload's namespace
     * @param port the Service's port, which clients use
     * @param applicationPort where the application listens
     * @param health of this service alone; the workload's own health counts as well
     */
    public record OfferedService(
            String name, int port, int applicationPort, ApplicationProtocol protocol, Health health) {
        public OfferedService {
            Require.label("name", name);
            Require.port("port", port);
            Require.port("applicationPort", applicationPort);
        }

        public static OfferedService of(String name, int port, int applicationPort, ApplicationProtocol protocol) {
            return new OfferedService(name, port, applicationPort, protocol, Health.HEALTHY);
        }
    }
}

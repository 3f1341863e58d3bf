package io.weft.control.ir;

import io.weft.resource.model.ApplicationProtocol;
import io.weft.resource.model.PeerAuthentication;
import java.time.Duration;
import java.util.List;

/**
 * What a proxy takes for its own workload: what becomes its inbound listener and the clusters of its application.
 *
 * @param address where the listener binds
 * @param port of the listener
 */
public record InboundWorkload(String namespace, String workload, String address, int port, List<Inbound> ports) {
    public InboundWorkload {
        ports = List.copyOf(ports);
    }

    public String listenerName() {
        return "inbound/" + namespace + "/" + workload;
    }

    public String clusterName(Inbound inbound) {
        return "application/" + namespace + "/" + workload + "/" + inbound.applicationPort();
    }

    /**
     * @param service and {@code servicePort}: what the clients call
     * @param applicationPort on loopback
     * @param mode never UNSET
     * @param isDefaultPort whether a host without a port means this one
     * @param idle bound on a stream without a byte, as clients have it; zero: none
     */
    public record Inbound(
            ServiceName service,
            int servicePort,
            int applicationPort,
            ApplicationProtocol protocol,
            PeerAuthentication.Mode mode,
            boolean isDefaultPort,
            Duration idle) {}
}

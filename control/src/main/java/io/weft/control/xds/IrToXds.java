package io.weft.control.xds;

import io.weft.control.ir.InboundWorkload;
import io.weft.control.ir.MeshEndpoint;
import io.weft.control.ir.OutboundRoutes;
import io.weft.control.ir.ServiceName;
import io.weft.control.ir.ServicePort;
import java.util.ArrayList;
import java.util.List;

/** From the mesh in our own words to xDS; pure, and the same bytes for the same input. */
public final class IrToXds {
    private IrToXds() {}

    public static XdsResource cluster(ServicePort port) {
        return XdsResource.of(
                XdsType.CLUSTER, port.service().clusterName(port.port().number()), ClusterXds.service(port));
    }

    public static XdsResource endpoints(ServiceName service, int port, List<MeshEndpoint> endpoints) {
        String name = service.clusterName(port);
        return XdsResource.of(XdsType.ENDPOINTS, name, EndpointXds.assignment(name, endpoints));
    }

    public static XdsResource routes(OutboundRoutes routes) {
        return XdsResource.of(XdsType.ROUTES, RouteXds.outboundName(routes.namespace()), RouteXds.outbound(routes));
    }

    /** For hosts outside the mesh. */
    public static XdsResource passthrough() {
        return XdsResource.of(XdsType.CLUSTER, ClusterXds.PASSTHROUGH, ClusterXds.passthrough());
    }

    public static XdsResource outboundListener(String namespace, int port, boolean accessLog) {
        return XdsResource.of(
                XdsType.LISTENER, ListenerXds.outboundName(port), ListenerXds.outbound(namespace, port, accessLog));
    }

    /** The inbound listener and the clusters that it sends to; empty for a pure client. */
    public static List<XdsResource> inbound(InboundWorkload workload, boolean accessLog) {
        List<XdsResource> resources = new ArrayList<>();
        ListenerXds.inbound(workload, accessLog)
                .ifPresent(
                        listener -> resources.add(XdsResource.of(XdsType.LISTENER, workload.listenerName(), listener)));
        for (InboundWorkload.Inbound port : workload.ports()) {
            XdsResource cluster =
                    XdsResource.of(XdsType.CLUSTER, workload.clusterName(port), ClusterXds.application(workload, port));
            // Several services may lead to one port of the application: the first says what is spoken there.
            if (resources.stream().noneMatch(other -> other.name().equals(cluster.name()))) {
                resources.add(cluster);
            }
        }
        return resources;
    }
}

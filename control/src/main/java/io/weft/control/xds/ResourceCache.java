package io.weft.control.xds;

import io.weft.control.ir.OutboundRoutes;
import io.weft.control.ir.ProxyNode;
import io.weft.control.translate.Inbounds;
import io.weft.control.translate.Inputs;
import io.weft.control.translate.Members;
import io.weft.control.translate.Query;
import io.weft.control.translate.Routes;
import io.weft.control.translate.Services;
import io.weft.control.translate.Settings;
import io.weft.control.translate.View;
import io.weft.resource.model.MeshConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The queries behind what is served. Resources are made and serialized once for their scope (mesh, namespace, proxy) and shared by all
 * proxies that get them; a change remakes only those whose inputs it touched.
 */
public final class ResourceCache {
    private ResourceCache() {}

    record ClusterOf(Services.PortName port) implements Query<Optional<XdsResource>> {
        @Override
        public Optional<XdsResource> compute(View view) {
            return view.read(new Settings.Port(port.service(), port.port())).map(IrToXds::cluster);
        }
    }

    record EndpointsOf(Services.PortName port) implements Query<XdsResource> {
        @Override
        public XdsResource compute(View view) {
            return IrToXds.endpoints(
                    port.service(), port.port(), view.read(new Members.Endpoints(port.service(), port.port())));
        }
    }

    record RoutesOf(String namespace) implements Query<XdsResource> {
        @Override
        public XdsResource compute(View view) {
            return IrToXds.routes(view.read(new Routes.Outbound(namespace)));
        }
    }

    record AccessLog() implements Query<Boolean> {
        @Override
        public Boolean compute(View view) {
            return view.read(new Inputs.Mesh()).orElse(MeshConfig.DEFAULTS).accessLog();
        }
    }

    /** What all clients in a namespace get. */
    record Outbound(String namespace) implements Query<List<XdsResource>> {
        @Override
        public List<XdsResource> compute(View view) {
            List<XdsResource> resources = new ArrayList<>();
            for (Services.PortName port : view.read(new Services.HttpPorts())) {
                view.read(new ClusterOf(port)).ifPresent(resources::add);
                resources.add(view.read(new EndpointsOf(port)));
            }
            OutboundRoutes routes = view.read(new Routes.Outbound(namespace));
            if (routes.outside() == MeshConfig.OutboundPolicy.ALLOW_ANY) {
                resources.add(IrToXds.passthrough());
            }
            resources.add(view.read(new RoutesOf(namespace)));
            return List.copyOf(resources);
        }
    }

    record Inbound(ProxyNode node) implements Query<List<XdsResource>> {
        @Override
        public List<XdsResource> compute(View view) {
            return IrToXds.inbound(view.read(new Inbounds.Of(node)), view.read(new AccessLog()));
        }
    }

    /** All that a proxy should have. */
    public record Of(ProxyNode node) implements Query<ResourceSet> {
        @Override
        public ResourceSet compute(View view) {
            List<XdsResource> resources = new ArrayList<>();
            if (node.outboundPort() != 0) {
                resources.addAll(view.read(new Outbound(node.namespace())));
                resources.add(
                        IrToXds.outboundListener(node.namespace(), node.outboundPort(), view.read(new AccessLog())));
            }
            if (node.inboundPort() != 0) {
                resources.addAll(view.read(new Inbound(node)));
            }
            return ResourceSet.of(resources);
        }
    }
}

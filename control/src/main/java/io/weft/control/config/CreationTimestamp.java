package io.weft.control.config;

import io.weft.resource.model.GrpcRoute;
import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.MeshConfig;
import io.weft.resource.model.Metadata;
import io.weft.resource.model.Namespace;
import io.weft.resource.model.PeerAuthentication;
import io.weft.resource.model.Resource;
import io.weft.resource.model.Service;
import io.weft.resource.model.TrafficPolicy;
import io.weft.resource.model.Workload;
import java.time.Instant;

/** Tells a resource when its store first took it: conflicts are won by age. */
final class CreationTimestamp {
    private CreationTimestamp() {}

    static Resource of(Resource resource, Instant createdAt) {
        Metadata stamped = resource.metadata().withCreationTimestamp(createdAt);
        return switch (resource) {
            case GrpcRoute route -> new GrpcRoute(stamped, route.parentRefs(), route.hostnames(), route.rules());
            case HttpRoute route -> new HttpRoute(stamped, route.parentRefs(), route.hostnames(), route.rules());
            case MeshConfig mesh ->
                new MeshConfig(
                        stamped,
                        mesh.trustDomain(),
                        mesh.outboundPolicy(),
                        mesh.defaults(),
                        mesh.svidTtl(),
                        mesh.accessLog());
            case Namespace _ -> new Namespace(stamped);
            case PeerAuthentication policy ->
                new PeerAuthentication(stamped, policy.selector(), policy.mode(), policy.portModes());
            case Service service -> new Service(stamped, service.ports(), service.selector());
            case TrafficPolicy policy -> new TrafficPolicy(stamped, policy.targetRefs(), policy.settings());
            case Workload workload ->
                new Workload(
                        stamped,
                        workload.services(),
                        workload.address(),
                        workload.inboundPort(),
                        workload.locality(),
                        workload.serviceAccount(),
                        workload.health());
        };
    }
}

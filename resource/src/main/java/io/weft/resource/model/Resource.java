package io.weft.resource.model;

/** One document that a user wrote: a kind, a name and what is asked for. */
public sealed interface Resource
        permits GrpcRoute, HttpRoute, MeshConfig, Namespace, PeerAuthentication, Service, TrafficPolicy, Workload {

    Metadata metadata();

    default ResourceKind kind() {
        return switch (this) {
            case GrpcRoute _ -> ResourceKind.GRPC_ROUTE;
            case HttpRoute _ -> ResourceKind.HTTP_ROUTE;
            case MeshConfig _ -> ResourceKind.MESH_CONFIG;
            case Namespace _ -> ResourceKind.NAMESPACE;
            case PeerAuthentication _ -> ResourceKind.PEER_AUTHENTICATION;
            case Service _ -> ResourceKind.SERVICE;
            case TrafficPolicy _ -> ResourceKind.TRAFFIC_POLICY;
            case Workload _ -> ResourceKind.WORKLOAD;
        };
    }

    default ResourceKey key() {
        return kind().key(metadata().namespace(), metadata().name());
    }

    /** The same resource with other metadata: a store sets the creation's time. */
    default Resource withMetadata(Metadata changed) {
        return switch (this) {
            case GrpcRoute route -> new GrpcRoute(changed, route.parentRefs(), route.hostnames(), route.rules());
            case HttpRoute route -> new HttpRoute(changed, route.parentRefs(), route.hostnames(), route.rules());
            case MeshConfig config ->
                new MeshConfig(
                        changed,
                        config.trustDomain(),
                        config.outboundPolicy(),
                        config.defaults(),
                        config.svidTtl(),
                        config.accessLog());
            case Namespace _ -> new Namespace(changed);
            case PeerAuthentication policy ->
                new PeerAuthentication(changed, policy.selector(), policy.mode(), policy.portModes());
            case Service service -> new Service(changed, service.ports(), service.selector());
            case TrafficPolicy policy -> new TrafficPolicy(changed, policy.targetRefs(), policy.settings());
            case Workload workload ->
                new Workload(
                        changed,
                        workload.services(),
                        workload.address(),
                        workload.inboundPort(),
                        workload.locality(),
                        workload.serviceAccount(),
                        workload.health());
        };
    }
}

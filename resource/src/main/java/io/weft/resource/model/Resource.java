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
}

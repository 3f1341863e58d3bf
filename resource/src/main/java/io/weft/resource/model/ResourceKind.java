package io.weft.resource.model;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The kinds that Weft knows, with the names that the REST API and the command line give them. */
public enum ResourceKind {
    SERVICE("", "v1", "Service", "services", Scope.NAMESPACE, "svc"),
    NAMESPACE("", "v1", "Namespace", "namespaces", Scope.MESH, "ns"),
    HTTP_ROUTE("gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes", Scope.NAMESPACE, "http"),
    GRPC_ROUTE("gateway.networking.k8s.io", "v1", "GRPCRoute", "grpcroutes", Scope.NAMESPACE, "grpc"),
    WORKLOAD("mesh.weft.io", "v1", "Workload", "workloads", Scope.NAMESPACE, "wl"),
    TRAFFIC_POLICY("mesh.weft.io", "v1", "TrafficPolicy", "trafficpolicies", Scope.NAMESPACE, "tp"),
    PEER_AUTHENTICATION("mesh.weft.io", "v1", "PeerAuthentication", "peerauthentications", Scope.NAMESPACE, "pa"),
    MESH_CONFIG("mesh.weft.io", "v1", "MeshConfig", "meshconfigs", Scope.MESH, "mc");

    /** Whether a resource lives in a namespace or belongs to the mesh as a whole. */
    public enum Scope {
        NAMESPACE,
        MESH
    }

    private final String group;
    private final String version;
    private final String kind;
    private final String plural;
    private final Scope scope;
    private final String shortName;

    ResourceKind(String group, String version, String kind, String plural, Scope scope, String shortName) {
        this.group = group;
        this.version = version;
        this.kind = kind;
        this.plural = plural;
        this.scope = scope;
        this.shortName = shortName;
    }

    /** The API group; empty for Kubernetes' core kinds. */
    public String group() {
        return group;
    }

    public String version() {
        return version;
    }

    /** The name as documents write it, for example {@code HTTPRoute}. */
    public String kind() {
        return kind;
    }

    /** The name in REST paths, for example {@code httproutes}. */
    public String plural() {
        return plural;
    }

    public String shortName() {
        return shortName;
    }

    public boolean namespaced() {
        return scope == Scope.NAMESPACE;
    }

    public String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }

    /** The key of a resource of this kind; the namespace of a kind that has none is dropped. */
    public ResourceKey key(String namespace, String name) {
        return new ResourceKey(group, kind, namespaced() ? namespace : "", name);
    }

    public static Optional<ResourceKind> of(String group, String kind) {
        for (ResourceKind candidate : values()) {
            if (candidate.group.equals(group) && candidate.kind.equals(kind)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    /** The kind that a user named on the command line: {@code HTTPRoute}, {@code httproute}, {@code httproutes} or {@code http}. */
    public static Optional<ResourceKind> named(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        for (ResourceKind candidate : values()) {
            if (candidate.names().contains(lower)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    /** What {@link #named} takes for this kind, in lower case. */
    public List<String> names() {
        return List.of(kind.toLowerCase(Locale.ROOT), plural, shortName);
    }
}

package io.weft.resource.codec;

import io.weft.core.violation.NearestName;
import io.weft.resource.model.ResourceKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a document's {@code apiVersion} and {@code kind} make of it. */
sealed interface DocumentKind {
    record Known(ResourceKind kind) implements DocumentKind {}

    /** Not for a mesh: reported, not applied. */
    record Skipped(String reason) implements DocumentKind {}

    /** @param field {@code apiVersion} or {@code kind} */
    record Wrong(String field, String expected, String hint) implements DocumentKind {}

    String GATEWAY_GROUP = "gateway.networking.k8s.io";
    String MESH_GROUP = "mesh.weft.io";

    Set<String> CORE_KINDS = Set.of(
            "Binding",
            "ComponentStatus",
            "ConfigMap",
            "Endpoints",
            "Event",
            "LimitRange",
            "Node",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "Pod",
            "PodTemplate",
            "ReplicationController",
            "ResourceQuota",
            "Secret",
            "ServiceAccount");

    /** Without them less is reachable, not more. */
    Set<String> GATEWAY_KINDS_TO_COME =
            Set.of("GatewayClass", "Gateway", "ListenerSet", "TLSRoute", "TCPRoute", "UDPRoute", "ReferenceGrant");

    /** Kinds that ask for protection: passing over them would take it away unsaid. */
    Set<String> SECURITY_KINDS =
            Set.of("AuthorizationPolicy", "BackendTLSPolicy", "PeerAuthentication", "RequestAuthentication");

    static DocumentKind of(String apiVersion, String kind) {
        int slash = apiVersion.indexOf('/');
        String group = slash < 0 ? "" : apiVersion.substring(0, slash);
        Optional<ResourceKind> known = ResourceKind.of(group, kind);
        if (known.isPresent()) {
            return version(known.get(), apiVersion.substring(slash + 1));
        }
        return switch (group) {
            case "" -> core(apiVersion, kind);
            case MESH_GROUP -> unknown(kind, names(MESH_GROUP));
            case GATEWAY_GROUP ->
                GATEWAY_KINDS_TO_COME.contains(kind)
                        ? new Skipped("this version of Weft does not carry out " + kind)
                        : unknown(kind, names(GATEWAY_GROUP));
            case "security.istio.io" -> foreignSecurity(kind);
            default -> foreign(group, kind);
        };
    }

    private static DocumentKind version(ResourceKind kind, String version) {
        boolean served = version.equals(kind.version())
                || (kind == ResourceKind.HTTP_ROUTE && version.equals("v1beta1")); // published with the same schema
        return served ? new Known(kind) : new Wrong("apiVersion", kind.apiVersion(), "");
    }

    private static DocumentKind core(String apiVersion, String kind) {
        Optional<ResourceKind> elsewhere = Arrays.stream(ResourceKind.values())
                .filter(other -> other.kind().equals(kind))
                .findFirst();
        if (elsewhere.isPresent()) {
            return new Wrong("apiVersion", elsewhere.get().apiVersion(), "");
        }
        if (!apiVersion.equals("v1")) {
            return new Wrong("apiVersion", "group/version, or v1", NearestName.hint(apiVersion, List.of("v1")));
        }
        if (CORE_KINDS.contains(kind)) {
            return new Skipped("not a kind for a mesh");
        }
        List<String> names = names("");
        names.addAll(CORE_KINDS);
        return unknown(kind, names);
    }

    private static DocumentKind unknown(String kind, List<String> known) {
        if (SECURITY_KINDS.contains(kind)) {
            return new Wrong(
                    "kind",
                    "not to be there: this version of Weft does not enforce it",
                    "remove it and protect the services otherwise");
        }
        return new Wrong("kind", "a kind of this apiVersion", NearestName.hint(kind, known));
    }

    private static DocumentKind foreignSecurity(String kind) {
        return kind.equals(ResourceKind.PEER_AUTHENTICATION.kind())
                ? new Wrong(
                        "apiVersion",
                        ResourceKind.PEER_AUTHENTICATION.apiVersion(),
                        "the kind has the same fields there")
                : unknown(kind, List.of());
    }

    private static DocumentKind foreign(String group, String kind) {
        Optional<String> meant = NearestName.of(group, List.of(MESH_GROUP, GATEWAY_GROUP));
        if (meant.isPresent()
                && !names(meant.get()).stream().filter(kind::equals).toList().isEmpty()) {
            return new Wrong("apiVersion", "a known group", NearestName.hint(group, List.of(meant.get())));
        }
        if (names(MESH_GROUP).contains(kind)) {
            // Whoever writes of Weft means this one; another's kind may have the same name.
            return group.contains("weft")
                    ? new Wrong("apiVersion", MESH_GROUP + "/v1", "")
                    : new Skipped("not a kind for a mesh; Weft's is of " + MESH_GROUP + "/v1");
        }
        return new Skipped("not a kind for a mesh");
    }

    private static List<String> names(String group) {
        List<String> names = new ArrayList<>();
        for (ResourceKind kind : ResourceKind.values()) {
            if (kind.group().equals(group)) {
                names.add(kind.kind());
            }
        }
        return names;
    }
}

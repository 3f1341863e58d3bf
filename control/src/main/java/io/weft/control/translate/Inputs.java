package io.weft.control.translate;

import io.weft.control.registry.Instance;
import io.weft.core.identity.TrustDomain;
import io.weft.resource.model.MeshConfig;
import io.weft.resource.model.Resource;
import io.weft.resource.model.ResourceKey;
import io.weft.resource.model.ResourceKind;
import java.util.List;
import java.util.Optional;

/** The queries that look at the {@link Facts} themselves. */
public final class Inputs {
    private Inputs() {}

    /** One resource. */
    public record Find(ResourceKey key) implements Query<Optional<Resource>> {
        @Override
        public Optional<Resource> compute(View view) {
            return view.facts().find(key);
        }
    }

    /** All resources of a kind in a namespace, by name. */
    public record InNamespace(ResourceKind kind, String namespace) implements Query<List<Resource>> {
        @Override
        public List<Resource> compute(View view) {
            return view.facts().ofKind(kind, namespace);
        }
    }

    /** All resources of a kind. */
    public record OfKind(ResourceKind kind) implements Query<List<Resource>> {
        @Override
        public List<Resource> compute(View view) {
            return view.facts().ofKind(kind);
        }
    }

    /** What proxies registered in a namespace. */
    public record Instances(String namespace) implements Query<List<Instance>> {
        @Override
        public List<Instance> compute(View view) {
            return view.facts().instances(namespace);
        }
    }

    /** Namespaces that hold anything that can be called. */
    public record Namespaces() implements Query<List<String>> {
        @Override
        public List<String> compute(View view) {
            return view.facts().namespaces();
        }
    }

    /** The mesh's configuration; empty where nobody wrote one. */
    public record Mesh() implements Query<Optional<MeshConfig>> {
        @Override
        public Optional<MeshConfig> compute(View view) {
            return view.facts()
                    .find(ResourceKind.MESH_CONFIG.key("", MeshConfig.NAME))
                    .map(MeshConfig.class::cast);
        }
    }

    /** The mesh's trust domain. */
    public record Domain() implements Query<TrustDomain> {
        @Override
        public TrustDomain compute(View view) {
            return view.facts().trustDomain();
        }
    }

    static <R extends Resource> List<R> typed(Class<R> type, List<Resource> resources) {
        return resources.stream().map(type::cast).toList();
    }
}

package io.weft.resource.model;

import java.util.Comparator;

/**
 * What names a resource in a mesh.
 *
 * @param group the API group; empty for Kubernetes' core kinds
 * @param kind for example {@code HTTPRoute}
 * @param namespace empty for kinds that belong to the mesh as a whole
 */
public record ResourceKey(String group, String kind, String namespace, String name) implements Comparable<ResourceKey> {
    private static final Comparator<ResourceKey> ORDER = Comparator.comparing(ResourceKey::group)
            .thenComparing(ResourceKey::kind)
            .thenComparing(ResourceKey::namespace)
            .thenComparing(ResourceKey::name);

    public ResourceKey {
        Require.that(!kind.isEmpty(), "kind", kind, "the name of a kind");
        Require.that(!name.isEmpty(), "name", name, "the name of a resource");
    }

    @Override
    public int compareTo(ResourceKey other) {
        return ORDER.compare(this, other);
    }

    /** {@code HTTPRoute/shop/cart}, or {@code MeshConfig/default} where there is no namespace. */
    @Override
    public String toString() {
        return namespace.isEmpty() ? kind + "/" + name : kind + "/" + namespace + "/" + name;
    }
}

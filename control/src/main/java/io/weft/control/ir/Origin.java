package io.weft.control.ir;

import io.weft.resource.model.ResourceKey;

/**
 * The place in a user's resource that something was made from.
 *
 * @param resource the resource; a Workload where a registration stands in for a missing resource
 * @param path the field, for example {@code spec.rules[0].backendRefs[1]}; empty: the whole resource
 */
public record Origin(ResourceKey resource, String path) {
    public static Origin of(ResourceKey resource) {
        return new Origin(resource, "");
    }

    /** A field of the same resource. */
    public Origin at(String newPath) {
        return new Origin(resource, newPath);
    }

    @Override
    public String toString() {
        return path.isEmpty() ? resource.toString() : resource + " " + path;
    }
}

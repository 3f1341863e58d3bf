package io.weft.resource.model;

/**
 * What a route attaches to.
 *
 * @param group empty for a Service
 * @param kind {@code Service} inside the mesh (GAMMA), {@code Gateway} at its edge
 * @param namespace the route's own where the document names none
 * @param sectionName a port or listener by name; empty: all
 * @param port a port by number; 0: all
 */
public record ParentReference(String group, String kind, String namespace, String name, String sectionName, int port) {
    public ParentReference {
        Require.portOrNone("port", port);
    }

    /** A Service as a parent, with all its ports. */
    public static ParentReference service(String namespace, String name) {
        return new ParentReference("", "Service", namespace, name, "", 0);
    }

    public ResourceKey key() {
        return new ResourceKey(group, kind, namespace, name);
    }
}

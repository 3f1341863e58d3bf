package io.weft.resource.model;

/**
 * What a policy is about, in the policy's own namespace (GEP-713): a Service, a route, or the namespace itself.
 *
 * @param group empty for a Service or a Namespace
 * @param sectionName a port of the Service or a rule of the route, by name; empty: all of it
 */
public record TargetReference(String group, String kind, String name, String sectionName) {
    public TargetReference {
        Require.that(!kind.isEmpty(), "kind", kind, "the name of a kind");
        Require.that(!name.isEmpty(), "name", name, "the name of a resource");
    }

    public static TargetReference service(String name) {
        return new TargetReference("", "Service", name, "");
    }
}

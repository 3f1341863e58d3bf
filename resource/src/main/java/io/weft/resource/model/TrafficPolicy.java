package io.weft.resource.model;

import java.util.List;

/**
 * How clients reach what it is attached to. The nearest policy wins, field by field: route rule, route, service, namespace, mesh.
 *
 * @param targetRefs at least one
 */
public record TrafficPolicy(Metadata metadata, List<TargetReference> targetRefs, TrafficSettings settings)
        implements Resource {
    public TrafficPolicy {
        targetRefs = List.copyOf(targetRefs);
        Require.that(!targetRefs.isEmpty(), "targetRefs", targetRefs, "at least one target");
    }
}

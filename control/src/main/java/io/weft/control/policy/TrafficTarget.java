package io.weft.control.policy;

import io.weft.control.ir.ServiceName;
import io.weft.resource.model.ResourceKey;
import org.jspecify.annotations.Nullable;

/**
 * What a TrafficPolicy can be about: requests to a service's port, maybe by one rule of a route.
 *
 * @param service to which requests go
 * @param portName of the service's port; empty where it has none
 * @param route through which requests go; null: by none
 * @param ruleName of the route's rule; empty where it has none
 */
public record TrafficTarget(
        ServiceName service, String portName, @Nullable ResourceKey route, String ruleName) {
    public static TrafficTarget port(ServiceName service, String portName) {
        return new TrafficTarget(service, portName, null, "");
    }

    public TrafficTarget through(ResourceKey newRoute, String newRuleName) {
        return new TrafficTarget(service, portName, newRoute, newRuleName);
    }
}

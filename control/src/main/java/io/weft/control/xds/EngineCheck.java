package io.weft.control.xds;

import io.weft.core.violation.Violation;
import io.weft.engine.xds.ResourceType;
import java.util.List;

/** Reads what is generated with the parsers that the proxies run. */
public final class EngineCheck {
    private EngineCheck() {}

    /** Why a proxy would refuse {@code resource}; empty where it takes it. */
    public static List<Violation> errors(XdsResource resource) {
        return switch (resource.name().type()) {
            case CLUSTER -> ResourceType.CLUSTER.parse(resource.body()).errors();
            case ENDPOINTS -> ResourceType.ENDPOINTS.parse(resource.body()).errors();
            case LISTENER -> ResourceType.LISTENER.parse(resource.body()).errors();
            case ROUTES ->
                ResourceType.ROUTE_CONFIGURATION.parse(resource.body()).errors();
            case REVISION -> List.of();
        };
    }
}

package io.weft.control.xds;

import io.weft.engine.xds.ResourceType;

/** The types of resources that are served, in make-before-break order; removals go the other way. */
public enum XdsType {
    CLUSTER(ResourceType.CLUSTER.typeUrl()),
    ENDPOINTS(ResourceType.ENDPOINTS.typeUrl()),
    LISTENER(ResourceType.LISTENER.typeUrl()),
    ROUTES(ResourceType.ROUTE_CONFIGURATION.typeUrl()),
    /** Closes a phase for clients that publish all at once. */
    REVISION("type.googleapis.com/weft.v1.Revision");

    private final String typeUrl;

    XdsType(String typeUrl) {
        this.typeUrl = typeUrl;
    }

    public String typeUrl() {
        return typeUrl;
    }
}

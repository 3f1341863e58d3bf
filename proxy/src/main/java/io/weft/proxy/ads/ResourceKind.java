package io.weft.proxy.ads;

import io.weft.engine.xds.ResourceType;
import java.util.Optional;

/** The kinds of resources that make up a configuration, in make-before-break order: each refers to earlier ones, routes aside. */
enum ResourceKind {
    CLUSTER("cluster", ResourceType.CLUSTER.typeUrl(), true),
    ENDPOINTS("endpoints", ResourceType.ENDPOINTS.typeUrl(), false),
    LISTENER("listener", ResourceType.LISTENER.typeUrl(), true),
    ROUTES("routes", ResourceType.ROUTE_CONFIGURATION.typeUrl(), false);

    private final String noun;
    private final String typeUrl;
    private final boolean wildcard;

    ResourceKind(String noun, String typeUrl, boolean wildcard) {
        this.noun = noun;
        this.typeUrl = typeUrl;
        this.wildcard = wildcard;
    }

    /** For messages: {@code cluster}. */
    String noun() {
        return noun;
    }

    String typeUrl() {
        return typeUrl;
    }

    /** Whether all that there is is subscribed to, rather than what others refer to. */
    boolean wildcard() {
        return wildcard;
    }

    static Optional<ResourceKind> of(String typeUrl) {
        for (ResourceKind kind : values()) {
            if (kind.typeUrl.equals(typeUrl)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}

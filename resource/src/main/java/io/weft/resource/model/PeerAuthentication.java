package io.weft.resource.model;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whether workloads take plain text, mutual TLS or both; fields and meaning are those of Istio's kind of this name.
 *
 * @param selector labels of the workloads that it is about; empty: the whole namespace, and in the mesh's own namespace
 *     ({@link #MESH_NAMESPACE}) the whole mesh
 * @param mode UNSET: what the next wider one says
 * @param portModes by the application's port; only beside a selector
 */
public record PeerAuthentication(
        Metadata metadata, Map<String, String> selector, Mode mode, Map<Integer, Mode> portModes) implements Resource {
    /** A PeerAuthentication here, without a selector, holds for the mesh. */
    public static final String MESH_NAMESPACE = "weft-system";

    public PeerAuthentication {
        selector = Collections.unmodifiableMap(new TreeMap<>(selector));
        portModes = Collections.unmodifiableMap(new TreeMap<>(portModes));
        portModes.keySet().forEach(port -> Require.port("portLevelMtls", port));
        Require.that(
                portModes.isEmpty() || !selector.isEmpty(),
                "portLevelMtls",
                portModes.keySet(),
                "a selector beside it");
    }

    /** What an inbound proxy accepts. */
    public enum Mode {
        /** What the next wider policy says; PERMISSIVE where nobody says anything. */
        UNSET,
        /** Mutual TLS only. */
        STRICT,
        /** Mutual TLS and plain text. */
        PERMISSIVE,
        /** Plain text only. */
        DISABLE
    }
}

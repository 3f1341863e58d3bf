package io.weft.proxy.workload;

import io.weft.core.identity.SpiffeId;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A workload that a proxy stands in for: whose requests go out, and to whom requests come in.
 *
 * @param namespace empty: not known
 * @param name empty: not known
 * @param serviceAccount empty: not known
 * @param labels {@code version} among them where it has one
 * @param identity null: no identity, so no mutual TLS
 */
public record LocalWorkload(
        String namespace,
        String name,
        String serviceAccount,
        Map<String, String> labels,
        @Nullable SpiffeId identity) {
    /** Of a proxy that a static file drives without saying for whom. */
    public static final LocalWorkload UNKNOWN = new LocalWorkload("", "", "", Map.of(), null);

    public LocalWorkload {
        labels = Map.copyOf(labels);
    }

    /** The identity's URI, or an empty string. */
    public String principal() {
        return identity == null ? "" : identity.toString();
    }
}

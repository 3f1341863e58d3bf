package io.weft.resource.model;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What every resource says about itself.
 *
 * @param namespace empty for kinds that belong to the mesh as a whole
 * @param labels what selectors match; sorted
 * @param annotations sorted
 * @param creationTimestamp when a store first took it; null in a document that no store has seen. Older resources win conflicts
 */
public record Metadata(
        String namespace,
        String name,
        Map<String, String> labels,
        Map<String, String> annotations,
        @Nullable Instant creationTimestamp) {
    public Metadata {
        if (!namespace.isEmpty()) {
            Require.label("metadata.namespace", namespace);
        }
        Require.subdomain("metadata.name", name);
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
        annotations = Collections.unmodifiableMap(new TreeMap<>(annotations));
    }

    public static Metadata of(String namespace, String name) {
        return new Metadata(namespace, name, Map.of(), Map.of(), null);
    }

    public Metadata withLabels(Map<String, String> newLabels) {
        return new Metadata(namespace, name, newLabels, annotations, creationTimestamp);
    }

    public Metadata withCreationTimestamp(@Nullable Instant instant) {
        return new Metadata(namespace, name, labels, annotations, instant);
    }
}

package io.weft.engine.config;

import java.util.Map;

/**
 * What Envoy has no field for: {@code metadata.filter_metadata["weft"]}, flat.
 *
 * @param values scalars as their JSON text
 */
public record WeftMetadata(Map<String, String> values) {
    public static final WeftMetadata NONE = new WeftMetadata(Map.of());

    public WeftMetadata {
        values = Map.copyOf(values);
    }

    /** The value, or an empty string. */
    public String get(String key) {
        return values.getOrDefault(key, "");
    }
}

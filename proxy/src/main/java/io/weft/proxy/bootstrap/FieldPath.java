package io.weft.proxy.bootstrap;

/**
 * How a field of a message is addressed, here and by the parsers of {@code engine.xds}: proto names in snake case joined by dots,
 * {@code [0]} for an element of a repeated field, {@code ["key"]} for one of a map or of a {@code Struct}. What an {@code Any} holds is
 * addressed directly under the field of the {@code Any}; a wrapper is addressed as the field itself. Example:
 * {@code static_resources.listeners[0].filter_chains[0].filters[0].typed_config.route_config.virtual_hosts[1].domains[0]}.
 */
public final class FieldPath {
    private FieldPath() {}

    public static String field(String parent, String name) {
        return parent.isEmpty() ? name : parent + "." + name;
    }

    public static String index(String parent, int index) {
        return parent + "[" + index + "]";
    }

    public static String key(String parent, String key) {
        return parent + "[\"" + key + "\"]";
    }
}

package io.weft.resource.codec;

import io.weft.resource.codec.Schema.Honour;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes a {@link Schema} of its YAML form. The schemas are our own files: what it does not understand in them is a fault of the build. */
final class SchemaReader {
    private static final Set<String> KEYWORDS = Set.of(
            "type",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "enum",
            "pattern",
            "minimum",
            "maximum",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "default",
            "x-kubernetes-int-or-string",
            "x-kubernetes-list-type",
            "x-kubernetes-list-map-keys");

    private final Map<String, Honour> honours;
    private final Set<String> used = new LinkedHashSet<>();

    /** @param honours by path, with {@code []} for the items of a list */
    SchemaReader(Map<String, Honour> honours) {
        this.honours = honours;
    }

    Schema.Structure kind(Node.Mapping root) {
        Schema schema = read(root, "");
        if (!used.equals(honours.keySet())) {
            throw new IllegalStateException("the schema has only " + used + " of " + honours.keySet());
        }
        return (Schema.Structure) schema;
    }

    private Schema read(Node.Mapping schema, String path) {
        for (String keyword : schema.entries().keySet()) {
            if (!KEYWORDS.contains(keyword)) {
                throw new IllegalStateException("keyword " + keyword + " of a schema at " + path);
            }
        }
        if (schema.has("x-kubernetes-int-or-string")) {
            return new Schema.WholeOrText();
        }
        List<String> allowed = schema.items("enum").stream().map(Node::text).toList();
        return switch (schema.text("type")) {
            case "object" -> structure(schema, path);
            case "array" ->
                new Schema.Items(
                        read(schema.child("items"), path + "[]"),
                        schema.integer("minItems").orElse(0L),
                        schema.integer("maxItems").orElse(Long.MAX_VALUE),
                        schema.items("x-kubernetes-list-map-keys").stream()
                                .map(Node::text)
                                .toList(),
                        schema.text("x-kubernetes-list-type").equals("set"));
            case "string" ->
                new Schema.Text(
                        allowed,
                        schema.has("pattern") ? TextPattern.of(schema.text("pattern")) : null,
                        schema.integer("minLength").orElse(0L),
                        schema.integer("maxLength").orElse(Long.MAX_VALUE));
            case "integer" ->
                new Schema.Whole(
                        allowed,
                        schema.integer("minimum").orElse(Long.MIN_VALUE),
                        schema.integer("maximum").orElse(Long.MAX_VALUE));
            case "boolean" -> new Schema.Truth();
            case "" -> new Schema.Anything();
            default -> throw new IllegalStateException("type " + schema.text("type") + " of a schema at " + path);
        };
    }

    private Schema structure(Node.Mapping schema, String path) {
        Map<String, Schema.Property> properties = new LinkedHashMap<>();
        schema.child("properties").entries().forEach((name, entry) -> {
            String at = path.isEmpty() ? name : path + "." + name;
            Node.Mapping property = entry.value().mapping();
            @Nullable Node fallback = property.get("default");
            properties.put(name, new Schema.Property(read(property, at), fallback, honour(at)));
        });
        Set<String> required = new LinkedHashSet<>();
        schema.items("required").forEach(name -> required.add(name.text()));
        Schema values = schema.has("additionalProperties") ? read(schema.child("additionalProperties"), path) : null;
        return new Schema.Structure(properties, required, values);
    }

    private Honour honour(String path) {
        Honour exception = honours.get(path);
        if (exception == null) {
            return new Honour.Full();
        }
        used.add(path);
        return exception;
    }
}

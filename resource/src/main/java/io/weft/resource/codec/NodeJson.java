package io.weft.resource.codec;

import java.math.BigDecimal;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Canonical JSON of a tree: keys sorted, no space. */
final class NodeJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private NodeJson() {}

    static String write(Node node) {
        return MAPPER.writeValueAsString(tree(node));
    }

    private static JsonNode tree(Node node) {
        return switch (node) {
            case Node.Mapping mapping -> {
                ObjectNode object = NODES.objectNode();
                new TreeMap<>(mapping.entries()).forEach((key, entry) -> object.set(key, tree(entry.value())));
                yield object;
            }
            case Node.Sequence sequence -> {
                ArrayNode array = NODES.arrayNode();
                sequence.items().forEach(item -> array.add(tree(item)));
                yield array;
            }
            case Node.Scalar scalar -> scalar(scalar);
        };
    }

    private static JsonNode scalar(Node.Scalar scalar) {
        return switch (scalar.kind()) {
            case STRING -> NODES.stringNode(scalar.text());
            case BOOLEAN -> NODES.booleanNode(Boolean.parseBoolean(scalar.text()));
            case NULL -> NODES.nullNode();
            case INTEGER ->
                scalar.integer()
                        .map(value -> (JsonNode) NODES.numberNode(value))
                        .orElseGet(() -> NODES.stringNode(scalar.text()));
            case FLOAT -> fraction(scalar.text());
        };
    }

    /** JSON has no infinity: what is no number there stays text. */
    private static JsonNode fraction(String text) {
        try {
            return NODES.numberNode(new BigDecimal(text));
        } catch (NumberFormatException _) {
            return NODES.stringNode(text);
        }
    }
}

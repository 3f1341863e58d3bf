package io.weft.proxy.bootstrap;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.weft.api.wire.WireMessage;
import io.weft.api.wire.WireOutput;
import io.weft.api.wire.envoy.config.core.v3.Node;
import io.weft.api.wire.google.protobuf.Struct;
import io.weft.api.wire.google.protobuf.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Who this proxy says it is to its control plane: the bootstrap's {@code node}. Immutable; compares by its bytes. */
public final class ProxyNode {
    private static final String WEFT = "weft";

    // envoy.config.core.v3.Node
    private static final int ID = 1;
    private static final int CLUSTER = 2;
    private static final int METADATA = 3;
    // google.protobuf.Struct, and the entries of its map
    private static final int FIELDS = 1;
    private static final int KEY = 1;
    private static final int VALUE = 2;
    // google.protobuf.ListValue
    private static final int VALUES = 1;
    // google.protobuf.Value
    private static final int NULL_VALUE = 1;
    private static final int NUMBER_VALUE = 2;
    private static final int STRING_VALUE = 3;
    private static final int BOOL_VALUE = 4;
    private static final int STRUCT_VALUE = 5;
    private static final int LIST_VALUE = 6;

    private final ByteString message;
    private final Node node;

    /** @param message a {@code Node} */
    ProxyNode(ByteString message) {
        this.message = message;
        try {
            this.node = WireMessage.parse(Node.getDefaultInstance(), message);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("no Node message", e);
        }
    }

    /** A node that no file describes. */
    public static ProxyNode of(String id, String cluster) {
        return new ProxyNode(
                new WireOutput().text(ID, id).text(CLUSTER, cluster).toByteString());
    }

    /** As a {@code Node} message. */
    public ByteString message() {
        return message;
    }

    public String id() {
        return node.getId();
    }

    public String cluster() {
        return node.getCluster();
    }

    /** The metadata under the key {@code weft}. */
    Struct weft() {
        return node.getMetadata()
                .getFieldsMap()
                .getOrDefault(WEFT, Value.getDefaultInstance())
                .getStructValue();
    }

    /**
     * The same node, whose metadata holds {@code values} under the key {@code weft}, in place of the values of the same keys there.
     *
     * @param values strings, numbers, booleans, and lists and maps of such
     * @throws IllegalArgumentException where one is something else
     */
    public ProxyNode withWeftMetadata(Map<String, ?> values) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>(fields(weft()));
        all.putAll(values);
        WireOutput metadata = new WireOutput().message(FIELDS, entry(WEFT, all));
        // Of a message that comes twice a reader makes one, in which the later entry of a key counts.
        return new ProxyNode(
                message.concat(new WireOutput().message(METADATA, metadata).toByteString()));
    }

    private static Map<String, @Nullable Object> fields(Struct struct) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        struct.getFieldsMap().forEach((key, value) -> fields.put(key, content(value)));
        return fields;
    }

    private static @Nullable Object content(Value value) {
        return switch (value.getKindCase()) {
            case NUMBER_VALUE -> value.getNumberValue();
            case STRING_VALUE -> value.getStringValue();
            case BOOL_VALUE -> value.getBoolValue();
            case STRUCT_VALUE -> fields(value.getStructValue());
            case LIST_VALUE ->
                value.getListValue().getValuesList().stream()
                        .map(ProxyNode::content)
                        .collect(Collectors.toList());
            case NULL_VALUE, KIND_NOT_SET -> null;
        };
    }

    private static WireOutput entry(String key, @Nullable Object value) {
        return new WireOutput().text(KEY, key).message(VALUE, value(value));
    }

    private static WireOutput value(@Nullable Object value) {
        WireOutput output = new WireOutput();
        return switch (value) {
            case null -> output.bool(NULL_VALUE, false);
            case String text -> output.oneofText(STRING_VALUE, text);
            case Boolean flag -> output.bool(BOOL_VALUE, flag);
            case Number number -> output.number(NUMBER_VALUE, number.doubleValue());
            case List<?> list -> {
                WireOutput values = new WireOutput();
                list.forEach(element -> values.message(VALUES, value(element)));
                yield output.message(LIST_VALUE, values);
            }
            case Map<?, ?> map -> {
                WireOutput fields = new WireOutput();
                map.forEach((key, element) -> fields.message(FIELDS, entry(String.valueOf(key), element)));
                yield output.message(STRUCT_VALUE, fields);
            }
            default ->
                throw new IllegalArgumentException(
                        value.getClass().getName() + " in node metadata: expected text, number, boolean, list or map");
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ProxyNode another && another.message.equals(message);
    }

    @Override
    public int hashCode() {
        return message.hashCode();
    }

    @Override
    public String toString() {
        return "ProxyNode[" + id() + "]";
    }
}

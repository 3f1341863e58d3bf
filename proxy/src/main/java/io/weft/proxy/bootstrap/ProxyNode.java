package io.weft.proxy.bootstrap;

import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Who this proxy says it is to its control plane: the bootstrap's {@code node}. Immutable; compares by value. */
public final class ProxyNode {
    private static final String WEFT = "weft";

    private final Node message;

    public ProxyNode(Node message) {
        this.message = message;
    }

    /** A node that no file describes. */
    public static ProxyNode of(String id, String cluster) {
        return new ProxyNode(Node.newBuilder().setId(id).setCluster(cluster).build());
    }

    public Node message() {
        return message;
    }

    public String id() {
        return message.getId();
    }

    public String cluster() {
        return message.getCluster();
    }

    /**
     * The same node, whose metadata holds {@code values} under the key {@code weft}, in place of the values of the same keys there.
     *
     * @param values strings, numbers, booleans, and lists and maps of such
     * @throws IllegalArgumentException where one is something else
     */
    public ProxyNode withWeftMetadata(Map<String, ?> values) {
        Struct.Builder weft =
                message.getMetadata().getFieldsOrDefault(WEFT, Value.getDefaultInstance()).getStructValue().toBuilder();
        values.forEach((key, value) -> weft.putFields(key, value(value)));
        Node.Builder node = message.toBuilder();
        node.getMetadataBuilder()
                .putFields(WEFT, Value.newBuilder().setStructValue(weft).build());
        return new ProxyNode(node.build());
    }

    private static Value value(Object value) {
        Value.Builder builder = Value.newBuilder();
        switch (value) {
            case String text -> builder.setStringValue(text);
            case Boolean flag -> builder.setBoolValue(flag);
            case Number number -> builder.setNumberValue(number.doubleValue());
            case List<?> list -> {
                ListValue.Builder values = ListValue.newBuilder();
                list.forEach(element -> values.addValues(value(element)));
                builder.setListValue(values);
            }
            case Map<?, ?> map -> {
                Struct.Builder fields = Struct.newBuilder();
                map.forEach((key, element) -> fields.putFields(String.valueOf(key), value(element)));
                builder.setStructValue(fields);
            }
            default ->
                throw new IllegalArgumentException(
                        value.getClass().getName() + " in node metadata: expected text, number, boolean, list or map");
        }
        return builder.build();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ProxyNode node && node.message.equals(message);
    }

    @Override
    public int hashCode() {
        return Objects.hash(message);
    }

    @Override
    public String toString() {
        return "ProxyNode[" + id() + "]";
    }
}

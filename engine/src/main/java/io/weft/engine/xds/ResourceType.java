package io.weft.engine.xds;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.weft.api.wire.WireMessage;
import io.weft.api.wire.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.EndpointAssignment;
import io.weft.engine.config.Listener;
import io.weft.engine.config.RouteConfiguration;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A kind of xDS resource: how it is named on the wire and how it is read.
 *
 * @param <M> the message, as it is read
 * @param <T> the configuration record
 */
public final class ResourceType<M extends WireMessage, T> {
    private static final String PREFIX = "type.googleapis.com/";

    public static final ResourceType<io.weft.api.wire.envoy.config.listener.v3.Listener, Listener> LISTENER =
            new ResourceType<>(
                    io.weft.api.wire.envoy.config.listener.v3.Listener.getDefaultInstance(),
                    io.weft.api.wire.envoy.config.listener.v3.Listener::getName,
                    (reading, message) -> new ListenerParser(reading).parse(message));

    public static final ResourceType<io.weft.api.wire.envoy.config.route.v3.RouteConfiguration, RouteConfiguration>
            ROUTE_CONFIGURATION = new ResourceType<>(
                    io.weft.api.wire.envoy.config.route.v3.RouteConfiguration.getDefaultInstance(),
                    io.weft.api.wire.envoy.config.route.v3.RouteConfiguration::getName,
                    (reading, message) -> new RouteParser(reading).parse("", message));

    public static final ResourceType<io.weft.api.wire.envoy.config.cluster.v3.Cluster, Cluster> CLUSTER =
            new ResourceType<>(
                    io.weft.api.wire.envoy.config.cluster.v3.Cluster.getDefaultInstance(),
                    io.weft.api.wire.envoy.config.cluster.v3.Cluster::getName,
                    (reading, message) -> new ClusterParser(reading).parse(message));

    public static final ResourceType<ClusterLoadAssignment, EndpointAssignment> ENDPOINTS = new ResourceType<>(
            ClusterLoadAssignment.getDefaultInstance(),
            ClusterLoadAssignment::getClusterName,
            (reading, message) -> new EndpointParser(reading).parse("", message));

    /** All of them, in make-before-break order. */
    public static final List<ResourceType<?, ?>> ALL = List.of(CLUSTER, ENDPOINTS, LISTENER, ROUTE_CONFIGURATION);

    private final M type;
    private final String typeUrl;
    private final Function<M, String> name;
    private final BiFunction<Reading, M, @Nullable T> parser;

    private ResourceType(M type, Function<M, String> name, BiFunction<Reading, M, @Nullable T> parser) {
        this.type = type;
        this.typeUrl = PREFIX + type.typeName();
        this.name = name;
        this.parser = parser;
    }

    /** {@code type.googleapis.com/envoy.config...} */
    public String typeUrl() {
        return typeUrl;
    }

    /** Reads a message that holds a resource. */
    public Parsed<T> parse(Message message) {
        return parse(message.toByteString());
    }

    /** Reads a resource as it stands in a discovery response. */
    public Parsed<T> parse(Any any) {
        if (!any.getTypeUrl().equals(typeUrl)) {
            Reading reading = new Reading();
            reading.error("", any.getTypeUrl(), "expected a resource of type " + typeUrl);
            return reading.result(null);
        }
        return parse(any.getValue());
    }

    private Parsed<T> parse(ByteString bytes) {
        Reading reading = new Reading();
        M message = reading.parse("", type, bytes);
        return message == null ? reading.result(null) : parse(message);
    }

    /** Reads a resource that is a part of something larger. */
    public Parsed<T> parse(M message) {
        Reading reading = new Reading();
        if (name.apply(message).isEmpty()) {
            reading.error("name", "", "expected a name");
        }
        return reading.result(parser.apply(reading, message));
    }

    @Override
    public String toString() {
        return typeUrl;
    }
}

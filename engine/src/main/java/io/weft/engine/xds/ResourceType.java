package io.weft.engine.xds;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
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
 * @param <M> the message
 * @param <T> the configuration record
 */
public final class ResourceType<M extends Message, T> {
    private static final String PREFIX = "type.googleapis.com/";

    public static final ResourceType<io.envoyproxy.envoy.config.listener.v3.Listener, Listener> LISTENER =
            new ResourceType<>(
                    io.envoyproxy.envoy.config.listener.v3.Listener.class,
                    io.envoyproxy.envoy.config.listener.v3.Listener::getName,
                    (reading, message) -> new ListenerParser(reading).parse(message));

    public static final ResourceType<io.envoyproxy.envoy.config.route.v3.RouteConfiguration, RouteConfiguration>
            ROUTE_CONFIGURATION = new ResourceType<>(
                    io.envoyproxy.envoy.config.route.v3.RouteConfiguration.class,
                    io.envoyproxy.envoy.config.route.v3.RouteConfiguration::getName,
                    (reading, message) -> new RouteParser(reading).parse("", message));

    public static final ResourceType<io.envoyproxy.envoy.config.cluster.v3.Cluster, Cluster> CLUSTER =
            new ResourceType<>(
                    io.envoyproxy.envoy.config.cluster.v3.Cluster.class,
                    io.envoyproxy.envoy.config.cluster.v3.Cluster::getName,
                    (reading, message) -> new ClusterParser(reading).parse(message));

    public static final ResourceType<ClusterLoadAssignment, EndpointAssignment> ENDPOINTS = new ResourceType<>(
            ClusterLoadAssignment.class,
            ClusterLoadAssignment::getClusterName,
            (reading, message) -> new EndpointParser(reading).parse("", message));

    /** All of them, in make-before-break order. */
    public static final List<ResourceType<?, ?>> ALL = List.of(CLUSTER, ENDPOINTS, LISTENER, ROUTE_CONFIGURATION);

    private final Class<M> messageType;
    private final String typeUrl;
    private final Function<M, String> name;
    private final BiFunction<Reading, M, @Nullable T> parser;

    private ResourceType(Class<M> messageType, Function<M, String> name, BiFunction<Reading, M, @Nullable T> parser) {
        this.messageType = messageType;
        this.typeUrl = PREFIX + MessageTypes.nameOf(messageType);
        this.name = name;
        this.parser = parser;
    }

    /** {@code type.googleapis.com/envoy.config...} */
    public String typeUrl() {
        return typeUrl;
    }

    /** The name by which other resources refer to this one. */
    public String nameOf(M message) {
        return name.apply(message);
    }

    public Parsed<T> parse(M message) {
        Reading reading = new Reading();
        if (nameOf(message).isEmpty()) {
            reading.error("name", "", "expected a name");
        }
        return reading.result(parser.apply(reading, message));
    }

    /** Reads a resource as it stands in a discovery response. */
    public Parsed<T> parse(Any any) {
        Reading reading = new Reading();
        if (!any.getTypeUrl().equals(typeUrl)) {
            reading.error("", any.getTypeUrl(), "expected a resource of type " + typeUrl);
            return reading.result(null);
        }
        M message = reading.unpack("", any, messageType);
        return message == null ? reading.result(null) : parse(message);
    }

    @Override
    public String toString() {
        return typeUrl;
    }
}

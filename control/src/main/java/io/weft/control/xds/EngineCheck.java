package io.weft.control.xds;

import com.google.protobuf.InvalidProtocolBufferException;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.weft.core.violation.Violation;
import io.weft.engine.xds.ResourceType;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what is generated with the parsers that the proxies run. */
public final class EngineCheck {
    private static final Pattern ROUTE = Pattern.compile("virtual_hosts\\[(\\d+)]\\.routes\\[(\\d+)].*");

    private EngineCheck() {}

    /**
     * Something that a proxy would refuse.
     *
     * @param part what it is about: the name of the route in a route configuration, else the resource's own; both begin with
     *     what they were made from
     */
    public record Fault(String part, Violation error) {}

    /** Why a proxy would refuse {@code resource}; empty where it takes it. */
    public static List<Fault> faults(XdsResource resource) {
        return errors(resource).stream()
                .map(error -> new Fault(part(resource, error.path()), error))
                .toList();
    }

    private static List<Violation> errors(XdsResource resource) {
        return switch (resource.name().type()) {
            case CLUSTER -> ResourceType.CLUSTER.parse(resource.body()).errors();
            case ENDPOINTS -> ResourceType.ENDPOINTS.parse(resource.body()).errors();
            case LISTENER -> ResourceType.LISTENER.parse(resource.body()).errors();
            case ROUTES ->
                ResourceType.ROUTE_CONFIGURATION.parse(resource.body()).errors();
            case REVISION -> List.of();
        };
    }

    private static String part(XdsResource resource, String path) {
        Matcher matcher = ROUTE.matcher(path);
        if (resource.name().type() != XdsType.ROUTES || !matcher.matches()) {
            return resource.name().text();
        }
        try {
            return resource.body()
                    .unpack(RouteConfiguration.class)
                    .getVirtualHosts(Integer.parseInt(matcher.group(1)))
                    .getRoutes(Integer.parseInt(matcher.group(2)))
                    .getName();
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("what was just written cannot be read", e);
        }
    }
}

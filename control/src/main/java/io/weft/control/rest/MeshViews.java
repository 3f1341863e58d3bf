package io.weft.control.rest;

import io.weft.control.config.Snapshot;
import io.weft.control.ir.HttpRouteRule;
import io.weft.control.ir.MeshEndpoint;
import io.weft.control.ir.MeshService;
import io.weft.control.ir.Origin;
import io.weft.control.ir.ServiceName;
import io.weft.control.ir.ServiceRoutes;
import io.weft.control.policy.Effective;
import io.weft.control.translate.Members;
import io.weft.resource.model.Locality;
import io.weft.resource.model.TrafficSettings;
import io.weft.resource.model.ValueMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** What the API tells about routes and endpoints. */
final class MeshViews {
    private MeshViews() {}

    /**
     * @param client the namespace whose clients see these routes; empty: those of each service's own
     */
    record RouteList(String client, List<RouteView> routes) {}

    /**
     * @param hosts by which the client calls it, the longest first
     * @param rules the first that matches holds
     */
    record RouteView(ServiceName service, int port, String protocol, List<String> hosts, List<RuleView> rules) {
        static RouteView of(ServiceRoutes routes, String client, Snapshot configuration) {
            return new RouteView(
                    routes.service(),
                    routes.port().number(),
                    routes.port().protocol().name().toLowerCase(Locale.ROOT),
                    routes.service().hosts(client),
                    routes.rules().stream()
                            .map(rule -> RuleView.of(rule, configuration))
                            .toList());
        }
    }

    /**
     * @param match in words: {@code GET /cart* header x-canary=yes}
     * @param backends where requests go, with their share of the sum of weights; empty where the proxy answers by itself
     * @param respondStatus what the proxy answers by itself; absent where requests go to backends
     * @param requestTimeoutMillis for all attempts together; 0: none
     * @param origin the resource and field it was made from
     * @param file of that resource; empty where nobody wrote one
     * @param line of that resource; 0 where nobody wrote one
     */
    record RuleView(
            String name,
            String match,
            List<BackendView> backends,
            Optional<Integer> respondStatus,
            long requestTimeoutMillis,
            String origin,
            String file,
            int line) {
        static RuleView of(HttpRouteRule rule, Snapshot configuration) {
            List<BackendView> backends = new ArrayList<>();
            Optional<Integer> status = Optional.empty();
            long timeout = 0;
            switch (rule.action()) {
                case HttpRouteRule.Action.Redirect(var to) -> status = Optional.of(to.status());
                case HttpRouteRule.Action.Forward(var targets, var delivery, var _, var _) -> {
                    targets.forEach(
                            target -> backends.add(new BackendView(target.service(), target.port(), target.weight())));
                    timeout = delivery.request().toMillis();
                }
                case HttpRouteRule.Action.Respond(int answered, String _) -> status = Optional.of(answered);
            }
            var location = Place.of(rule.origin(), configuration);
            return new RuleView(
                    rule.name(),
                    describe(rule.match()),
                    backends,
                    status,
                    timeout,
                    rule.origin().toString(),
                    location.file(),
                    location.line());
        }

        private static String describe(HttpRouteRule.Match match) {
            String path = switch (match.path().type()) {
                case EXACT -> match.path().value();
                case PATH_PREFIX -> match.path().value() + "*";
                case REGULAR_EXPRESSION -> "~" + match.path().value();
            };
            List<String> words = new ArrayList<>();
            Stream.of(match.grpc() ? "grpc" : "", match.method(), path)
                    .filter(word -> !word.isEmpty())
                    .forEach(words::add);
            match.headers().forEach(header -> words.add("header " + describe(header)));
            match.queryParams().forEach(parameter -> words.add("query " + describe(parameter)));
            return String.join(" ", words);
        }

        private static String describe(ValueMatch match) {
            return match.name()
                    + switch (match.type()) {
                        case EXACT -> "=";
                        case REGULAR_EXPRESSION -> "~";
                    }
                    + match.value();
        }
    }

    private record Place(String file, int line) {
        static Place of(Origin origin, Snapshot configuration) {
            return configuration
                    .find(origin.resource())
                    .map(document -> new Place(
                            document.location().file(), document.location().line()))
                    .orElse(new Place("", 0));
        }
    }

    record BackendView(ServiceName service, int port, int weight) {}

    record EndpointList(List<PortEndpoints> services) {}

    /** What serves one port of a service. */
    record PortEndpoints(ServiceName service, int port, List<EndpointView> endpoints) {}

    /**
     * @param available whether it gets requests: healthy and not leaving
     * @param draining whether it is leaving
     * @param reach how it is reached: mtls or plain
     * @param identity what its certificate must say
     * @param version the workload's label "version", or empty
     */
    record EndpointView(
            String namespace,
            String workload,
            String version,
            String address,
            int port,
            boolean available,
            boolean draining,
            String reach,
            String identity,
            Locality locality) {
        static EndpointView of(Members.Member member) {
            MeshEndpoint endpoint = member.endpoint();
            return new EndpointView(
                    endpoint.namespace(),
                    endpoint.workload(),
                    endpoint.version(),
                    endpoint.address(),
                    endpoint.port(),
                    member.available(),
                    member.draining(),
                    endpoint.reach().wireName(),
                    endpoint.identity().toString(),
                    endpoint.locality());
        }
    }

    record ServiceList(List<ServiceView> services) {}

    /**
     * @param origin the resource it was made from
     */
    record ServiceView(ServiceName service, List<String> hosts, List<PortView> ports, String origin) {}

    /**
     * @param settings how clients reach it, field by field
     */
    record PortView(String name, int port, String protocol, List<SettingView> settings) {
        static PortView of(MeshService.Port port, Optional<Effective<TrafficSettings>> settings) {
            return new PortView(
                    port.name(),
                    port.number(),
                    port.protocol().name().toLowerCase(Locale.ROOT),
                    settings.map(SettingView::of).orElse(List.of()));
        }
    }

    /**
     * @param value as a document has it
     * @param setBy the policy that set it; empty: the default
     */
    record SettingView(String field, String value, String setBy) {
        private static final String BALANCER = "loadBalancer";

        static List<SettingView> of(Effective<TrafficSettings> effective) {
            List<SettingView> settings = new ArrayList<>();
            JsonNode tree = Json.MAPPER.valueToTree(effective.value());
            tree.propertyStream().forEach(field -> {
                if (field.getKey().equals(BALANCER)) {
                    // Which balancer it is stands in its type, not in a field.
                    Object balancer = effective.value().loadBalancer();
                    String kind = balancer == null ? "" : balancer.getClass().getSimpleName();
                    settings.add(new SettingView(BALANCER, kind, setBy(effective, BALANCER)));
                }
                flatten(field.getKey(), field.getValue(), effective, settings);
            });
            return settings;
        }

        private static void flatten(
                String path, JsonNode value, Effective<TrafficSettings> effective, List<SettingView> settings) {
            if (value.isObject()) {
                value.propertyStream()
                        .forEach(field -> flatten(path + "." + field.getKey(), field.getValue(), effective, settings));
            } else if (!value.isNull()) {
                String text = value.isString() ? value.asString() : value.toString();
                settings.add(new SettingView(path, text, setBy(effective, path)));
            }
        }

        private static String setBy(Effective<TrafficSettings> effective, String path) {
            Origin exact = effective.origins().get(path);
            Origin whole = effective.origins().get(path.split("\\.", 2)[0]);
            return exact != null ? exact.toString() : whole != null ? whole.toString() : "";
        }
    }
}

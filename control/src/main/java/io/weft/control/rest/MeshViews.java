package io.weft.control.rest;

import io.weft.control.ir.HttpRouteRule;
import io.weft.control.ir.MeshEndpoint;
import io.weft.control.ir.Origin;
import io.weft.control.ir.ServiceName;
import io.weft.control.ir.ServiceRoutes;
import io.weft.control.translate.Members;
import io.weft.resource.model.Locality;
import io.weft.resource.model.ValueMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

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
        static RouteView of(ServiceRoutes routes, String client, MeshReader mesh) {
            return new RouteView(
                    routes.service(),
                    routes.port().number(),
                    routes.port().protocol().name().toLowerCase(Locale.ROOT),
                    routes.service().hosts(client),
                    routes.rules().stream().map(rule -> RuleView.of(rule, mesh)).toList());
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
        static RuleView of(HttpRouteRule rule, MeshReader mesh) {
            List<BackendView> backends = new ArrayList<>();
            Optional<Integer> status = Optional.empty();
            long timeout = 0;
            switch (rule.action()) {
                case HttpRouteRule.Action.Forward(var targets, var delivery) -> {
                    targets.forEach(
                            target -> backends.add(new BackendView(target.service(), target.port(), target.weight())));
                    timeout = delivery.request().toMillis();
                }
                case HttpRouteRule.Action.Respond(int answered, String _) -> status = Optional.of(answered);
            }
            var location = location(rule.origin(), mesh);
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

    private record Place(String file, int line) {}

    private static Place location(Origin origin, MeshReader mesh) {
        return mesh.document(origin.resource())
                .map(document -> new Place(
                        document.location().file(), document.location().line()))
                .orElse(new Place("", 0));
    }

    record BackendView(ServiceName service, int port, int weight) {}

    record EndpointList(List<PortEndpoints> services) {}

    /** What serves one port of a service. */
    record PortEndpoints(ServiceName service, int port, List<EndpointView> endpoints) {}

    /**
     * @param available whether it gets requests: healthy and not leaving
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
                    endpoint.reach().wireName(),
                    endpoint.identity().toString(),
                    endpoint.locality());
        }
    }
}

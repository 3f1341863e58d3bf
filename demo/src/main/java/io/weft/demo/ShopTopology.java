package io.weft.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the shop consists of: its services, the processes that run them, and who calls whom. */
public final class ShopTopology {
    /** The namespace that all of the shop is in. */
    public static final String NAMESPACE = "shop";

    /** Every process of the shop, callees before their callers, so that starting them in order finds all ready. */
    public static final List<Instance> INSTANCES = List.of(
            serving("payment", "v1", 1, new Port(9090, Protocol.GRPC)),
            serving("reviews", "v1", 1, new Port(8080, Protocol.HTTP)),
            serving("reviews", "v2", 1, new Port(8080, Protocol.HTTP)),
            serving("catalog", "v1", 1, new Port(8080, Protocol.HTTP), "reviews"),
            serving("catalog", "v1", 2, new Port(8080, Protocol.HTTP), "reviews"),
            serving("cart", "v1", 1, new Port(8080, Protocol.HTTP)),
            serving("checkout", "v1", 1, new Port(8080, Protocol.HTTP), "cart", "payment"),
            serving("frontend", "v1", 1, new Port(8080, Protocol.HTTP), "catalog", "cart", "checkout"),
            new Instance("load", "v1", 1, Optional.empty(), List.of("frontend")));

    private ShopTopology() {}

    /** Every pair of services of which the first calls the second, each once. */
    public static List<Edge> edges() {
        return INSTANCES.stream()
                .flatMap(instance -> instance.dependsOn().stream().map(callee -> new Edge(instance.service(), callee)))
                .distinct()
                .toList();
    }

    /** How a service is spoken to. */
    public enum Protocol {
        HTTP,
        GRPC
    }

    /** The port that clients name, which need not be the one that a process listens on. */
    public record Port(int number, Protocol protocol) {}

    /** One service calls another. */
    public record Edge(String source, String destination) {}

    /**
     * One process.
     *
     * @param service the service's name in {@link #NAMESPACE}; its service account has the same name
     * @param version the value of the label {@code version}
     * @param index from 1, within the service and version
     * @param port empty for the load generator, which nobody calls
     * @param dependsOn the services that it calls
     */
    public record Instance(String service, String version, int index, Optional<Port> port, List<String> dependsOn) {
        public Instance {
            dependsOn = List.copyOf(dependsOn);
        }

        /** A name of its own within the shop, such as {@code catalog-v1-2}. */
        public String name() {
            return service + "-" + version + "-" + index;
        }

        /**
         * The arguments of {@link Shop} that start it.
         *
         * @param listenPort where it is to listen on loopback; ignored where nobody calls it
         */
        public List<String> arguments(int listenPort) {
            List<String> arguments = new ArrayList<>(List.of(service, "--version", version, "--name", name()));
            if (port.isPresent()) {
                arguments.add("--port");
                arguments.add(Integer.toString(listenPort));
            }
            return List.copyOf(arguments);
        }
    }

    private static Instance serving(String service, String version, int index, Port port, String... dependsOn) {
        return new Instance(service, version, index, Optional.of(port), List.of(dependsOn));
    }
}

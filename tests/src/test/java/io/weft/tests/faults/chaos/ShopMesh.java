package io.weft.tests.faults.chaos;

import static org.awaitility.Awaitility.await;

import io.weft.demo.Shop;
import io.weft.demo.ShopTopology;
import io.weft.demo.ShopTopology.Port;
import io.weft.tests.faults.FaultMesh;
import io.weft.tests.faults.Instance;
import io.weft.tests.faults.Load;
import io.weft.tests.faults.Load.Request;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The demo's shop with two instances of each service, and its customers. */
final class ShopMesh implements AutoCloseable {
    static final int INSTANCES = 2;
    private static final int CUSTOMERS = 50;
    private static final int WARMING_PER_SECOND = 10;
    private static final int WARM = 20;

    /** What customers ask for, and which services have a part in the answer. */
    private static final List<Route> ROUTES = List.of(
            new Route("product", "GET", "http://frontend.shop:8080/product/loom", "frontend", "catalog", "reviews"),
            new Route("basket", "GET", "http://frontend.shop:8080/cart", "frontend", "cart"),
            new Route("order", "POST", "http://frontend.shop:8080/checkout", "frontend", "checkout", "cart", "payment"),
            new Route("catalog", "GET", "http://catalog.shop:8080/products/bobbin", "catalog", "reviews"),
            new Route("opinion", "POST", "http://reviews.shop:8080/reviews/loom", "reviews"),
            new Route("put", "PUT", "http://cart.shop:8080/carts/customer/loom", "cart"));

    private final FaultMesh mesh;
    private final Map<String, Instance> instances = new LinkedHashMap<>();
    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private final Instance customers;

    /** One kind of request. */
    record Route(String name, String method, String uri, List<String> services) {
        Route(String name, String method, String uri, String... services) {
            this(name, method, uri, List.of(services));
        }

        String edges() {
            return "customers -> " + String.join(" -> ", services);
        }
    }

    /**
     * Starts it; returns when every instance gets requests.
     *
     * @param services those of the shop that are to be there, each with what it needs
     */
    ShopMesh(Path directory, List<String> services) throws IOException {
        mesh = FaultMesh.start(directory);
        try {
            mesh.rest().apply(documents(services));
            customers = startAll(services);
            for (String service : services) {
                mesh.awaitAvailable(service, INSTANCES);
            }
            mesh.awaitSynced();
        } catch (IOException | RuntimeException | Error e) {
            mesh.close();
            throw e;
        }
    }

    private Instance startAll(List<String> services) throws IOException {
        List<Instance.Plan> plans = new ArrayList<>();
        for (String service : services) {
            Port port = ShopTopology.INSTANCES.stream()
                    .filter(instance -> instance.service().equals(service))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no service " + service))
                    .port()
                    .orElseThrow();
            ports.put(service, port.number());
            for (int index = 1; index <= INSTANCES; index++) {
                plans.add(plan(service, index, port));
            }
        }
        Semaphore slots = new Semaphore(Math.max(2, Runtime.getRuntime().availableProcessors()));
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Instance> client = executor.submit(() -> within(slots, mesh.instance("customers")));
            List<Future<Instance>> started = plans.stream()
                    .map(plan -> executor.submit(() -> within(slots, plan)))
                    .toList();
            for (Future<Instance> each : started) {
                instances.put(each.get().workload(), each.get());
            }
            return client.get();
        } catch (ExecutionException e) {
            throw new IOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private static Instance within(Semaphore slots, Instance.Plan plan) throws IOException, InterruptedException {
        slots.acquire();
        try {
            return plan.start();
        } finally {
            slots.release();
        }
    }

    private Instance.Plan plan(String service, int index, Port port) {
        String name = service + "-" + index;
        String version = service.equals("reviews") ? "v" + index : "v1";
        List<String> command = mesh.weft()
                .java(
                        List.of("-Xmx48m", "-Xss256k"),
                        Shop.class.getName(),
                        List.of(service, "--version", version, "--name", name, "--port", "{port}"))
                .command();
        return mesh.instance(name)
                .serves(
                        service,
                        port.number(),
                        switch (port.protocol()) {
                            case HTTP -> "http";
                            case GRPC -> "grpc";
                        })
                .label("version", version)
                .program(command)
                .proxyOptions("--drain-seconds", "5");
    }

    private static String documents(List<String> services) {
        return services.stream()
                .map(service -> """
                        apiVersion: v1
                        kind: Service
                        metadata: {name: %s, namespace: shop}
                        spec:
                          selector: {app: %s}
                          ports: [%s]
                        """.formatted(
                                service,
                                service,
                                service.equals("payment")
                                        ? "{name: grpc, port: 9090, appProtocol: grpc}"
                                        : "{name: http, port: 8080, appProtocol: http}"))
                .collect(Collectors.joining("---\n"));
    }

    FaultMesh mesh() {
        return mesh;
    }

    /** Those that may be hit: all but the customers. */
    List<Instance> instances() {
        return List.copyOf(instances.values());
    }

    List<Instance> proxies() {
        return Stream.concat(Stream.of(customers), instances.values().stream()).toList();
    }

    Instance instance(String name) {
        Instance found = instances.get(name);
        if (found == null) {
            throw new IllegalArgumentException("no instance " + name);
        }
        return found;
    }

    Instance customers() {
        return customers;
    }

    Set<String> services() {
        return ports.keySet();
    }

    /** What can be asked for with the services that there are. */
    List<Route> routes() {
        return ROUTES.stream()
                .filter(route -> ports.keySet().containsAll(route.services()))
                .toList();
    }

    /** Returns when requests of each route have passed one after the other: what starts cold on a busy machine may take its time. */
    void warm() throws InterruptedException {
        Map<Route, Load> loads = load(WARMING_PER_SECOND);
        try {
            for (Load load : loads.values()) {
                await().atMost(FaultMesh.BOUND).until(() -> {
                    int failures = load.failures().size();
                    load.awaitPassed(WARM);
                    return load.failures().size() == failures;
                });
            }
        } finally {
            loads.values().forEach(Load::close);
        }
    }

    /** Begins a load for each route. */
    Map<Route, Load> load(double perSecond) {
        Map<Route, Load> loads = new LinkedHashMap<>();
        for (Route route : routes()) {
            loads.put(
                    route,
                    new Load(
                            route.name(),
                            customers.outbound(),
                            perSecond,
                            number -> new Request(
                                    route.method(), route.uri() + "?user=customer-" + number % CUSTOMERS, Map.of(), ""),
                            answer -> answer.response().status() == 200
                                    ? ""
                                    : "status " + answer.response().status() + ": "
                                            + answer.response().text().strip()));
        }
        return loads;
    }

    @Override
    public void close() {
        mesh.close();
    }

    /** Whether the control plane sends requests to all instances of the service. */
    boolean isWhole(String service) {
        return mesh.rest().available(service) == INSTANCES;
    }
}

package io.weft.cli.demo;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.process.Endings;
import io.weft.cli.process.FreePorts;
import io.weft.cli.process.Launcher;
import io.weft.cli.process.Reaper;
import io.weft.cli.rest.ControlPlane;
import io.weft.cli.rest.ServerLocation;
import io.weft.cli.sidecar.ControlAddress;
import io.weft.cli.sidecar.ProgramEnvironment;
import io.weft.cli.sidecar.Sidecar;
import io.weft.cli.sidecar.Subject;
import io.weft.core.identity.PrivateFiles;
import io.weft.demo.ShopTopology;
import io.weft.demo.ShopTopology.Instance;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import tools.jackson.databind.JsonNode;

/** The processes of the demo, all of them children of this one: a control plane, and for each of the shop's a program and its proxy. */
final class DemoMesh implements AutoCloseable {
    private static final Duration START_BOUND = Duration.ofSeconds(90);
    private static final Duration END_BOUND = Duration.ofSeconds(3);
    private static final int POLL_MILLIS = 50;
    private static final int TOKEN_SECONDS = 3600;

    private final Launcher launcher;
    private final Reaper reaper;
    private final Path directory;
    private final List<Process> processes = new CopyOnWriteArrayList<>();
    private final Map<String, Process> programs = new HashMap<>();
    private final Map<String, Sidecar> sidecars = new HashMap<>();
    private volatile boolean closed;

    private DemoMesh(Launcher launcher, Reaper reaper, Path directory) {
        this.launcher = launcher;
        this.reaper = reaper;
        this.directory = directory;
    }

    /** Nothing runs yet. */
    static DemoMesh in(Path directory, Launcher launcher) throws IOException {
        return new DemoMesh(launcher, Reaper.start(), directory);
    }

    Path directory() {
        return directory;
    }

    Path serverState() {
        return directory.resolve("server");
    }

    /** The process of an instance of the shop. */
    long programId(String instance) {
        Process program = programs.get(instance);
        return program == null ? 0 : program.pid();
    }

    /**
     * Starts it all; returns when the load generator runs and everything that it needs is ready.
     *
     * @param documents more resources, applied with the shop's own before anything serves
     * @param ratePerSecond of the load generator
     */
    ControlPlane start(List<Map<String, String>> documents, int ratePerSecond)
            throws CommandFailedException, IOException, InterruptedException {
        Map<String, Integer> ports = chooseApplicationPorts();
        Process server = launch("server", serverArguments(), directory.resolve("server.log"), Map.of());
        ServerLocation location = awaitServer(server);
        ControlPlane plane = new ControlPlane(
                URI.create(location.rest()),
                Files.readString(location.tokenFile()).strip());
        try {
            apply(plane, documents);
            startInstances(plane, ControlAddress.parse(location.xds(), location.trustDomain()), ports);
            awaitEndpoints(plane);
            for (Instance instance : ShopTopology.INSTANCES) {
                if (instance.port().isEmpty()) {
                    List<String> arguments = new ArrayList<>(instance.arguments(0));
                    arguments.addAll(List.of("--rate", Integer.toString(ratePerSecond)));
                    startProgram(instance, arguments);
                }
            }
            return plane;
        } catch (CommandFailedException | IOException | InterruptedException | RuntimeException e) {
            plane.close();
            throw e;
        }
    }

    private static Map<String, Integer> chooseApplicationPorts() throws IOException {
        List<Integer> free = FreePorts.choose(ShopTopology.INSTANCES.size());
        Map<String, Integer> ports = new HashMap<>();
        for (int i = 0; i < free.size(); i++) {
            ports.put(ShopTopology.INSTANCES.get(i).name(), free.get(i));
        }
        return ports;
    }

    private List<String> serverArguments() {
        return List.of(
                "--state-dir",
                serverState().toString(),
                "--listen",
                "127.0.0.1:0",
                "--rest-port",
                "0",
                "--metrics-port",
                "0");
    }

    private synchronized Process launch(String role, List<String> arguments, Path log, Map<String, String> environment)
            throws IOException {
        if (closed) {
            throw new IOException("stopped");
        }
        ProcessBuilder builder = launcher.role(role, arguments)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        Process process = reaper.start(builder);
        processes.add(process);
        return process;
    }

    private ServerLocation awaitServer(Process server) throws CommandFailedException, InterruptedException {
        Path file = serverState().resolve("server.json");
        long deadline = System.nanoTime() + START_BOUND.toNanos();
        while (System.nanoTime() < deadline) {
            if (!server.isAlive()) {
                throw CommandFailedException.failed(
                        "the control plane did not start: see " + directory.resolve("server.log"));
            }
            if (Files.exists(file)) {
                return ServerLocation.read(serverState());
            }
            Thread.sleep(POLL_MILLIS);
        }
        throw CommandFailedException.failed("the control plane was not ready after " + START_BOUND.toSeconds()
                + " s: see " + directory.resolve("server.log"));
    }

    private static void apply(ControlPlane plane, List<Map<String, String>> documents) throws CommandFailedException {
        List<Map<String, String>> files = new ArrayList<>();
        files.add(Map.of("name", "shop.yaml", "text", DemoFiles.text("shop.yaml")));
        files.addAll(documents);
        plane.post("/changesets", Map.of(), Map.of("files", files));
    }

    /** A few at a time: more at once would only take the processor from each other. */
    private void startInstances(ControlPlane plane, ControlAddress control, Map<String, Integer> ports)
            throws CommandFailedException, IOException, InterruptedException {
        Semaphore slots = new Semaphore(2 + Runtime.getRuntime().availableProcessors());
        List<Callable<Boolean>> starts = new ArrayList<>();
        for (Instance instance : ShopTopology.INSTANCES) {
            Sidecar.Plan plan = plan(instance, plane, control, ports.getOrDefault(instance.name(), 0));
            starts.add(() -> {
                slots.acquire();
                try {
                    startInstance(instance, plan, ports.getOrDefault(instance.name(), 0));
                    return true;
                } finally {
                    slots.release();
                }
            });
        }
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> start : executor.invokeAll(starts)) {
                start.get();
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case CommandFailedException known -> throw known;
                case IOException failed -> throw failed;
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        }
    }

    private void startInstance(Instance instance, Sidecar.Plan plan, int port)
            throws CommandFailedException, IOException, InterruptedException {
        Sidecar sidecar;
        synchronized (this) {
            if (closed) {
                throw new IOException("stopped");
            }
            sidecar = Sidecar.start(plan, launcher, reaper);
            processes.add(sidecar.process());
            sidecars.put(instance.name(), sidecar);
        }
        if (instance.port().isPresent()) {
            Process program = startProgram(instance, instance.arguments(port));
            awaitListening(instance, program, port);
        }
        sidecar.awaitReady(START_BOUND, () -> closed, _ -> {});
    }

    private Process startProgram(Instance instance, List<String> arguments) throws IOException {
        Map<String, String> environment = new HashMap<>();
        synchronized (this) {
            ProgramEnvironment.put(
                    environment,
                    Objects.requireNonNull(sidecars.get(instance.name())).outboundPort());
        }
        Process program = launch("shop", arguments, directory.resolve(instance.name() + ".log"), environment);
        synchronized (this) {
            programs.put(instance.name(), program);
        }
        return program;
    }

    private void awaitListening(Instance instance, Process program, int port)
            throws CommandFailedException, InterruptedException {
        long deadline = System.nanoTime() + START_BOUND.toNanos();
        while (System.nanoTime() < deadline && program.isAlive() && !closed) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), POLL_MILLIS);
                return;
            } catch (IOException e) {
                Thread.sleep(POLL_MILLIS);
            }
        }
        throw CommandFailedException.failed(
                instance.name() + " did not start: see " + directory.resolve(instance.name() + ".log"));
    }

    private Sidecar.Plan plan(Instance instance, ControlPlane plane, ControlAddress control, int port)
            throws CommandFailedException, IOException {
        Path state = directory.resolve("proxies").resolve(instance.name());
        PrivateFiles.ensureDirectory(state);
        Path token = state.resolve("join-token");
        String secret = plane.post(
                        "/tokens",
                        Map.of(),
                        Map.of(
                                "namespace",
                                ShopTopology.NAMESPACE,
                                "serviceAccount",
                                instance.service(),
                                "workload",
                                instance.name(),
                                "ttlSeconds",
                                TOKEN_SECONDS))
                .required("token")
                .asString();
        PrivateFiles.write(token, secret.getBytes(StandardCharsets.UTF_8));
        List<Subject.Offered> services = instance.port()
                .map(offered -> List.of(new Subject.Offered(
                        instance.service(),
                        offered.number(),
                        port,
                        switch (offered.protocol()) {
                            case HTTP -> "http";
                            case GRPC -> "grpc";
                        },
                        "")))
                .orElse(List.of());
        Subject subject = new Subject(
                ShopTopology.NAMESPACE,
                instance.name(),
                instance.service(),
                Map.of("app", instance.service(), "version", instance.version()),
                "127.0.0.1",
                services);
        return new Sidecar.Plan(
                instance.name(), subject, control, state, token, Duration.ZERO, List.of("--concurrency", "1"));
    }

    /** An instance that was just registered gets requests only when its health check has passed. */
    private void awaitEndpoints(ControlPlane plane) throws CommandFailedException, InterruptedException {
        Map<String, Integer> expected = new HashMap<>();
        ShopTopology.INSTANCES.stream()
                .filter(instance -> instance.port().isPresent())
                .forEach(instance -> expected.merge(instance.service(), 1, Integer::sum));
        long deadline = System.nanoTime() + START_BOUND.toNanos();
        Map<String, Integer> present = Map.of();
        while (System.nanoTime() < deadline) {
            present = instances(plane);
            Map<String, Integer> now = present;
            if (expected.entrySet().stream()
                    .allMatch(service -> now.getOrDefault(service.getKey(), 0) >= service.getValue())) {
                return;
            }
            Thread.sleep(POLL_MILLIS);
        }
        throw CommandFailedException.failed("not all instances were there after " + START_BOUND.toSeconds()
                + " s: expected " + expected + ", found " + present + "; the logs are in " + directory);
    }

    /** By service, how many instances get requests. */
    static Map<String, Integer> instances(ControlPlane plane) throws CommandFailedException {
        Map<String, Integer> instances = new HashMap<>();
        JsonNode services = plane.get("/endpoints", Map.of("namespace", ShopTopology.NAMESPACE))
                .path("services");
        for (JsonNode service : services) {
            int available = 0;
            for (JsonNode endpoint : service.path("endpoints")) {
                available += endpoint.path("available").asBoolean(false) ? 1 : 0;
            }
            instances.merge(service.path("service").path("name").asString(""), available, Integer::sum);
        }
        return instances;
    }

    /** Ends every process without waiting for it; also while they start. */
    void kill() {
        synchronized (this) {
            closed = true;
        }
        processes.forEach(Process::destroyForcibly);
    }

    /** Ends every process; idempotent, also while it starts. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        Endings.end(processes, END_BOUND);
        reaper.close();
    }
}

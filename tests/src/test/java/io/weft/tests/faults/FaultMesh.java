package io.weft.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.cli.process.Reaper;
import io.weft.tests.mesh.Weft;
import io.weft.tests.rest.MeshRest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A mesh of real processes, for tests that kill them: {@code weft server}, and for each {@link Instance} a proxy and an application. All of them end
 * with this JVM, however it ends.
 */
public final class FaultMesh implements AutoCloseable {
    /** The machine may be busy. */
    public static final Duration BOUND = Duration.ofSeconds(60);

    private final Path directory;
    private final Reaper reaper;
    private final Weft weft;
    private final Server server;
    private final MeshRest rest;
    private final List<Instance> instances = new CopyOnWriteArrayList<>();

    private FaultMesh(Path directory, String host, List<String> serverOptions) throws IOException {
        this.directory = directory;
        this.reaper = Reaper.start();
        this.weft = new Weft(directory);
        this.server = new Server(host, serverOptions);
        this.rest = new MeshRest(server::place);
    }

    /**
     * Starts a control plane; returns when it serves.
     *
     * @param directory of this mesh alone
     * @param serverOptions more options of {@code weft server}, such as {@code --svid-ttl 10s}; not those of ports and directories
     */
    public static FaultMesh start(Path directory, String... serverOptions) throws IOException {
        return startAt(directory, "127.0.0.1", serverOptions);
    }

    /**
     * As {@link #start}.
     *
     * @param host the address on which proxies reach the control plane
     */
    public static FaultMesh startAt(Path directory, String host, String... serverOptions) throws IOException {
        FaultMesh mesh = new FaultMesh(directory, host, List.of(serverOptions));
        try {
            mesh.server.start();
            return mesh;
        } catch (IOException | RuntimeException | Error e) {
            mesh.close();
            throw e;
        }
    }

    /** Where state and logs of its processes are. */
    public Path directory() {
        return directory;
    }

    public Server server() {
        return server;
    }

    public MeshRest rest() {
        return rest;
    }

    /** The command line, which finds this mesh's control plane by itself. */
    public Weft weft() {
        return weft;
    }

    /** A workload to be started; the name is its own, and its service account's where the plan does not say otherwise. */
    public Instance.Plan instance(String workload) {
        return new Instance.Plan(this, workload);
    }

    /** Starts a proxy without an application: load enters the mesh there. */
    public Instance client(String workload) throws IOException {
        return instance(workload).start();
    }

    /** Those that were started, also where they have ended since. */
    public List<Instance> instances() {
        return List.copyOf(instances);
    }

    void add(Instance instance) {
        instances.add(instance);
    }

    /** Starts a process that ends with this JVM; what it writes is added to the log. */
    public OsProcess spawn(ProcessBuilder builder, Path log) throws IOException {
        Process process = reaper.start(
                builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())));
        return new OsProcess(process, log);
    }

    /** Returns when every proxy whose process runs has the newest configuration, and the control plane knows of no other. */
    public void awaitSynced() {
        await().atMost(BOUND).untilAsserted(() -> {
            long running = instances.stream().filter(Instance::isProxyAlive).count();
            JsonNode status = rest.status();
            assertThat(status.path("proxies").size()).as(status.toString()).isEqualTo((int) running);
            assertThat(status.path("proxies"))
                    .allSatisfy(proxy -> assertThat(proxy.path("state").asString())
                            .as(status.toString())
                            .isEqualTo("synced"));
        });
    }

    /** Returns when so many instances of the service get requests, as the control plane sees it. */
    public void awaitAvailable(String service, int count) {
        await().atMost(BOUND)
                .untilAsserted(
                        () -> assertThat(rest.available(service)).as(service).isEqualTo(count));
    }

    /** Processes of this mesh that run: their command lines name its directory. */
    public List<Long> running() throws IOException {
        List<Long> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            for (Path entry : entries.toList()) {
                String name = String.valueOf(entry.getFileName());
                if (name.chars().allMatch(Character::isDigit)
                        && commandLine(entry).contains(directory + "/")) {
                    found.add(Long.parseLong(name));
                }
            }
        }
        return found;
    }

    static String commandLine(Path process) {
        try {
            return new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return ""; // it has ended meanwhile
        }
    }

    /** Kills what runs; nothing of the mesh is left then. */
    @Override
    public void close() {
        instances.forEach(Instance::killAll);
        server.killIfRunning();
        reaper.close();
        rest.close();
        await().atMost(BOUND).untilAsserted(() -> assertThat(running()).isEmpty());
    }

    /** The control plane's process. */
    public final class Server {
        private final List<Integer> ports = StablePorts.take(3);
        private final String host;
        private final List<String> options;
        private @Nullable OsProcess process;
        private MeshRest.@Nullable Place place;
        private String trustDomain = "";

        private Server(String host, List<String> options) throws IOException {
            this.host = host;
            this.options = options;
        }

        /** Its state directory, where {@link Weft} expects it. */
        public Path state() {
            return directory.resolve("weft").resolve("server");
        }

        /** Starts it on the ports that it always has; returns when it serves. */
        public void start() throws IOException {
            begin();
            awaitServing();
        }

        /** Starts it, and does not wait. */
        public void begin() throws IOException {
            List<String> arguments = new ArrayList<>(List.of(
                    "server",
                    "--state-dir",
                    state().toString(),
                    "--listen",
                    host + ":" + ports.get(0),
                    "--rest-port",
                    Integer.toString(ports.get(1)),
                    "--metrics-port",
                    Integer.toString(ports.get(2))));
            arguments.addAll(options);
            process = spawn(weft.builder(arguments), directory.resolve("server.log"));
        }

        /** Returns when the process that was begun serves. */
        public void awaitServing() {
            Path file = state().resolve("server.json");
            await().atMost(BOUND).pollInterval(Duration.ofMillis(20)).until(() -> {
                assertThat(process().isAlive())
                        .as(() -> "the control plane ended: " + process().logText())
                        .isTrue();
                if (!Files.exists(file)) {
                    return false;
                }
                JsonNode json = JsonMapper.shared().readTree(Files.readString(file));
                if (json.path("pid").asLong() != process().pid()) {
                    return false;
                }
                trustDomain = json.path("trustDomain").asString();
                place = new MeshRest.Place(
                        json.path("rest").asString(),
                        json.path("metrics").asString(),
                        Path.of(json.path("tokenFile").asString()));
                return true;
            });
        }

        public OsProcess process() {
            return Objects.requireNonNull(process, "the control plane was not started");
        }

        /** kill -9; returns when it is dead. */
        public void kill() {
            process().kill();
        }

        /** SIGTERM; returns when it has ended. */
        public void stop() {
            process().terminate();
            process().awaitEnd();
        }

        private void killIfRunning() {
            if (process != null && process.isAlive()) {
                process.kill();
            }
        }

        MeshRest.Place place() {
            return Objects.requireNonNull(place, "the control plane does not serve yet");
        }

        /** HOST:PORT for proxies. */
        public String xds() {
            return host + ":" + ports.get(0);
        }

        public String trustDomain() {
            return trustDomain;
        }
    }

    /** Starts several at once, a few at a time: each is three processes that begin. */
    public static List<Instance> startAll(List<Instance.Plan> plans) throws Exception {
        List<Callable<Instance>> starts = new ArrayList<>();
        plans.forEach(plan -> starts.add(plan::start));
        List<Instance> started = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
            for (Future<Instance> start : executor.invokeAll(starts)) {
                started.add(start.get());
            }
        }
        return started;
    }
}

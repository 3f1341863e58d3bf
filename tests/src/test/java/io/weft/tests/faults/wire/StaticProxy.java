package io.weft.tests.faults.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.tests.faults.Witness;
import io.weft.tests.mesh.Weft;
import io.weft.tests.rest.Metrics;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A proxy process that a file configures, with as little memory as it may have. */
final class StaticProxy implements AutoCloseable {
    static final Duration BOUND = Duration.ofSeconds(30);
    private static final List<String> MEMORY = List.of(
            "-Xmx64m",
            "-XX:MaxDirectMemorySize=72m",
            "-Dio.netty.maxDirectMemory=67108864",
            "-Xss256k",
            "-XX:+ExitOnOutOfMemoryError");

    private final Process process;
    private final Path log;
    private final Path accessLog;
    private final int[] ports;

    private StaticProxy(Process process, Path directory, int[] ports) {
        this.process = process;
        this.log = directory.resolve("proxy.log");
        this.accessLog = directory.resolve("access.log");
        this.ports = ports;
    }

    /** How it is started. */
    record Plan(Path directory, Upstream upstream, int descriptors, int connections) {
        /** Only so many file descriptors. */
        Plan descriptors(int limit) {
            return new Plan(directory, upstream, limit, connections);
        }

        /** As many connections as this, not what the process can carry. */
        Plan connections(int bound) {
            return new Plan(directory, upstream, descriptors, bound);
        }

        StaticProxy start() throws IOException {
            Files.createDirectories(directory);
            int[] ports = freePorts(4);
            Path bootstrap = directory.resolve("bootstrap.yaml");
            Files.writeString(bootstrap, text(ports));
            ProcessBuilder builder = new Weft(directory)
                    .java(
                            MEMORY,
                            "io.weft.cli.Main",
                            List.of(
                                    "proxy",
                                    "-c",
                                    bootstrap.toString(),
                                    "--state-dir",
                                    directory.resolve("state").toString(),
                                    "--transport",
                                    System.getProperty("weft.transport", "auto"),
                                    "--concurrency",
                                    "2",
                                    "--warm-up-requests",
                                    "0",
                                    "--drain-seconds",
                                    "0"));
            List<String> command = new ArrayList<>();
            if (descriptors > 0) {
                command.addAll(List.of("prlimit", "--nofile=" + descriptors + ":" + descriptors));
            }
            command.addAll(builder.command());
            builder.command(command);
            builder.environment().put("MALLOC_ARENA_MAX", "1");
            Process process = builder.redirectErrorStream(true)
                    .redirectOutput(directory.resolve("proxy.log").toFile())
                    .start();
            StaticProxy proxy = new StaticProxy(process, directory, ports);
            try {
                proxy.awaitReady();
            } catch (RuntimeException | Error e) {
                proxy.close();
                throw e;
            }
            return proxy;
        }

        private String text(int[] ports) throws IOException {
            try (var in = StaticProxy.class.getResourceAsStream("/faults/wire/bootstrap.yaml")) {
                if (in == null) {
                    throw new IOException("no bootstrap among the resources");
                }
                String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                String overload = connections == 0 ? "" : """
                          overload_manager:
                            resource_monitors:
                            - name: envoy.resource_monitors.global_downstream_max_connections
                              typed_config:
                                "@type": type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig
                                max_active_downstream_connections: %d
                          """.formatted(connections);
                return text.replace("${http}", Integer.toString(ports[0]))
                                .replace("${tcp}", Integer.toString(ports[1]))
                                .replace("${outbound}", Integer.toString(ports[2]))
                                .replace("${admin}", Integer.toString(ports[3]))
                                .replace("${upstream}", Integer.toString(upstream.port()))
                                .replace(
                                        "${accessLog}",
                                        directory.resolve("access.log").toString())
                        + overload;
            }
        }
    }

    static Plan plan(Path directory, Upstream upstream) {
        return new Plan(directory, upstream, 0, 0);
    }

    private static int[] freePorts(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        int[] ports = new int[count];
        for (int i = 0; i < count; i++) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            held.add(socket);
            ports[i] = socket.getLocalPort();
        }
        for (ServerSocket socket : held) {
            socket.close();
        }
        return ports;
    }

    private void awaitReady() {
        await().atMost(BOUND).pollInterval(Duration.ofMillis(50)).until(() -> {
            assertThat(process.isAlive()).as(this::logText).isTrue();
            try {
                return get("/ready").equals("ready\n");
            } catch (IOException e) {
                return false;
            }
        });
    }

    /** HTTP/1.1 and HTTP/2 in plain text, to the upstream. */
    InetSocketAddress http() {
        return address(0);
    }

    /** Bytes, to the upstream. */
    InetSocketAddress tcp() {
        return address(1);
    }

    /** As applications use a proxy: absolute-form, Host and CONNECT, to wherever they say. */
    InetSocketAddress outbound() {
        return address(2);
    }

    InetSocketAddress admin() {
        return address(3);
    }

    private InetSocketAddress address(int index) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), ports[index]);
    }

    /** A page of the admin server. */
    String get(String path) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + ports[3] + path).toURL().openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout(5000);
        connection.setReadTimeout(5000);
        try (var in = connection.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } finally {
            connection.disconnect();
        }
    }

    /** The sum of a metric's series that have this text in their labels. */
    long metric(String name, String... labels) throws IOException {
        return get("/metrics")
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .filter(line -> Stream.of(labels).allMatch(line::contains))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** What the access log says of the one request to {@code path}. */
    JsonNode record(String path) {
        return await().atMost(BOUND)
                .until(() -> lines(path), lines -> !lines.isEmpty())
                .getFirst();
    }

    List<JsonNode> lines(String path) throws IOException {
        return allLines().stream()
                .filter(line -> line.path("path").asString("").equals(path))
                .toList();
    }

    List<JsonNode> allLines() throws IOException {
        if (!Files.exists(accessLog)) {
            return List.of();
        }
        String text = Files.readString(accessLog);
        // The last line may be in the writing.
        return text.substring(0, text.lastIndexOf('\n') + 1)
                .lines()
                .map(JsonMapper.shared()::readTree)
                .toList();
    }

    Witness witness() {
        return new Witness(
                () -> allLines().stream()
                        .filter(line -> !line.path("flags").asString("-").equals("-"))
                        .toList(),
                () -> Metrics.parse(get("/metrics")));
    }

    String logText() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    int openDescriptors() throws IOException {
        try (Stream<Path> entries = Files.list(Path.of("/proc/" + pid() + "/fd"))) {
            return (int) entries.count();
        }
    }

    int threads() throws IOException {
        try (Stream<Path> entries = Files.list(Path.of("/proc/" + pid() + "/task"))) {
            return (int) entries.count();
        }
    }

    long residentMib() throws IOException {
        return Long.parseLong(
                        Files.readString(Path.of("/proc/" + pid() + "/statm")).split(" ", -1)[1])
                * 4096
                / (1024 * 1024);
    }

    /** What it has used of the processor. */
    Duration cpu() {
        return process.info().totalCpuDuration().orElseThrow();
    }

    /** In order, so that it tells what it did not release. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        process.onExit().join();
    }
}

package io.weft.tests.faults.client;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.weft.tests.planes.TestMesh;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** Programs that {@code packaging/install-clients.sh} and {@code install-test-tools.sh} install. */
final class Programs {
    private static final Path CLIENTS = root().resolve("build/clients");

    private Programs() {}

    /** What a program did. */
    record Outcome(int code, String output) {}

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (folder.getParent() != null && !Files.isDirectory(folder.resolve("packaging"))) {
            folder = folder.getParent();
        }
        return folder;
    }

    /** One of ours under build/clients. Skips the test where it is not there, but fails on CI: there, it would go unnoticed. */
    static String installed(String name) {
        Path path = CLIENTS.resolve(name);
        return Files.isExecutable(path) ? path.toString() : missing(path + ": run packaging/install-clients.sh");
    }

    /** One on the PATH. */
    static String found(String name) {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElseGet(() -> missing(name + ": run packaging/install-test-tools.sh"));
    }

    private static String missing(String what) {
        String hint = "there is no " + what;
        return "true".equals(System.getenv("CI")) ? fail(hint) : abort(hint);
    }

    /** As a proxy setting has it in the environment. */
    static Map<String, String> proxySetting(InetSocketAddress outbound) {
        String proxy = "http://127.0.0.1:" + outbound.getPort();
        return Map.of("http_proxy", proxy, "https_proxy", proxy, "HTTPS_PROXY", proxy);
    }

    /** Runs a program to its end. */
    static Outcome run(Map<String, String> environment, List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("program", ".out");
        try {
            Process process = builder(environment, command)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(TestMesh.BOUND.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError(
                        command + " runs longer than " + TestMesh.BOUND + ": " + Files.readString(output));
            }
            return new Outcome(process.exitValue(), Files.readString(output, StandardCharsets.ISO_8859_1));
        } finally {
            Files.delete(output);
        }
    }

    private static ProcessBuilder builder(Map<String, String> environment, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true);
        builder.environment()
                .keySet()
                .removeIf(name -> name.toLowerCase(java.util.Locale.ROOT).endsWith("_proxy"));
        builder.environment().putAll(environment);
        return builder;
    }

    /** A server that listens on a port of its own choice. */
    static final class Server implements AutoCloseable {
        private final Process process;
        private final int port;

        /** @param says what it prints, with its port as the first group */
        Server(Map<String, String> environment, List<String> command, Pattern says) throws IOException {
            Path output = Files.createTempFile("server", ".out");
            process = builder(environment, command)
                    .redirectOutput(output.toFile())
                    .start();
            port = Awaitility.await()
                    .atMost(TestMesh.BOUND)
                    .until(() -> port(output, says), found -> found > 0 || !process.isAlive());
            if (port == 0) {
                throw new AssertionError(command + " ended: " + Files.readString(output));
            }
            output.toFile().deleteOnExit();
        }

        private static int port(Path output, Pattern says) throws IOException {
            Matcher matcher = says.matcher(Files.readString(output));
            return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
        }

        int port() {
            return port;
        }

        @Override
        public void close() {
            process.destroyForcibly().onExit().join();
        }
    }
}

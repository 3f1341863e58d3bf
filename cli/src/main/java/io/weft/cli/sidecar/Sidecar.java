package io.weft.cli.sidecar;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.process.Endings;
import io.weft.cli.process.FreePorts;
import io.weft.cli.process.Launcher;
import io.weft.cli.process.Reaper;
import io.weft.core.identity.PrivateFiles;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** A proxy process beside a program. */
public final class Sidecar implements AutoCloseable {
    /** Longer than the proxy itself takes: it withdraws its instances, then lets requests end. */
    private static final Duration END_BOUND = Duration.ofSeconds(30);

    private static final int POLL_MILLIS = 20;
    private static final int LOG_LINES = 12;

    private final Process process;
    private final Path log;
    private final int outboundPort;
    private final int adminPort;

    private Sidecar(Process process, Path log, int outboundPort, int adminPort) {
        this.process = process;
        this.log = log;
        this.outboundPort = outboundPort;
        this.adminPort = adminPort;
    }

    /**
     * What a sidecar is started with.
     *
     * @param stateDirectory this proxy's alone; made where it is not there
     * @param tokenFile holds a join token
     * @param extra more arguments of {@code weft proxy}
     */
    public record Plan(
            String nodeId,
            Subject subject,
            ControlAddress control,
            Path stateDirectory,
            Path tokenFile,
            List<String> extra) {
        public Plan {
            extra = List.copyOf(extra);
        }
    }

    /** Starts it; {@link #awaitReady} says when it serves. */
    public static Sidecar start(Plan plan, Launcher launcher, Reaper reaper) throws IOException {
        Path state = plan.stateDirectory();
        PrivateFiles.ensureDirectory(state);
        List<Integer> ports = FreePorts.choose(2);
        Path bootstrap = state.resolve("bootstrap.json");
        BootstrapFile.write(bootstrap, plan.nodeId(), plan.subject(), plan.control(), ports.get(0), ports.get(1));
        Path log = state.resolve("proxy.log");
        List<String> arguments = new ArrayList<>(List.of(
                "-c",
                bootstrap.toString(),
                "--state-dir",
                state.toString(),
                "--token-file",
                plan.tokenFile().toString()));
        arguments.addAll(plan.extra());
        Process process = reaper.start(launcher.role("proxy", arguments)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile()));
        return new Sidecar(process, log, ports.get(0), ports.get(1));
    }

    public Process process() {
        return process;
    }

    /** Where the program reaches it, on loopback. */
    public int outboundPort() {
        return outboundPort;
    }

    public int adminPort() {
        return adminPort;
    }

    public Path log() {
        return log;
    }

    /** Returns when it has its configuration and listens. */
    public void awaitReady(Duration bound) throws CommandFailedException, InterruptedException {
        awaitReady(bound, () -> false);
    }

    /** Likewise, or when nobody wants it any more. */
    public void awaitReady(Duration bound, BooleanSupplier stopped)
            throws CommandFailedException, InterruptedException {
        long deadline = System.nanoTime() + bound.toNanos();
        String last = "it does not listen yet";
        while (System.nanoTime() < deadline) {
            if (stopped.getAsBoolean()) {
                return;
            }
            if (!process.isAlive()) {
                throw failed("the proxy ended with exit code " + process.exitValue());
            }
            try {
                String answer = askReady();
                if (answer.isEmpty()) {
                    return;
                }
                last = answer;
            } catch (IOException e) {
                last = "it does not listen yet";
            }
            Thread.sleep(POLL_MILLIS);
        }
        throw failed("the proxy was not ready after " + bound.toSeconds() + " s: " + last);
    }

    /** Why it is not ready; empty where it is. */
    private String askReady() throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + adminPort + "/ready").toURL().openConnection(Proxy.NO_PROXY);
        try {
            connection.setConnectTimeout(1000);
            connection.setReadTimeout(1000);
            if (connection.getResponseCode() == HttpURLConnection.HTTP_OK) {
                return "";
            }
            try (var body = connection.getErrorStream()) {
                return body == null ? "not ready" : new String(body.readNBytes(1000), StandardCharsets.UTF_8).strip();
            }
        } finally {
            connection.disconnect();
        }
    }

    private CommandFailedException failed(String what) {
        ArrayList<String> lines = new ArrayList<>();
        lines.add(what + "; the end of " + log + ":");
        try {
            List<String> all = Files.readAllLines(log);
            all.subList(Math.max(0, all.size() - LOG_LINES), all.size()).forEach(line -> lines.add("  " + line));
        } catch (IOException e) {
            lines.add("  (it cannot be read: " + e.getMessage() + ")");
        }
        return CommandFailedException.failed(lines);
    }

    /** Lets it drain, then it has ended. */
    @Override
    public void close() {
        Endings.end(List.of(process), END_BOUND);
    }
}

package io.weft.cli.sidecar;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.process.Launcher;
import io.weft.cli.process.Reaper;
import io.weft.core.identity.PrivateFiles;
import io.weft.core.violation.InvalidInputException;
import io.weft.proxy.Ports;
import io.weft.proxy.bootstrap.BootstrapCache;
import io.weft.proxy.bootstrap.LoadedBootstrap;
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
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A proxy process beside a program. */
public final class Sidecar implements AutoCloseable {
    /** Beside the bounds of requests: to withdraw the instances, and for what the process itself takes. */
    private static final Duration WITHDRAWAL_BOUND = Duration.ofSeconds(15);

    private static final Duration HURRY_BOUND = Duration.ofSeconds(2);
    private static final int REMIND_MILLIS = 200;
    private static final int CONNECT_MILLIS = 1000;
    private static final int POLL_MILLIS = 20;
    /** After which it is told what is waited for. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final int LOG_LINES = 12;

    private final Supplier<ProcessBuilder> command;
    private final Reaper reaper;
    private final Plan plan;
    private final Path log;
    private final int outboundPort;
    private final int adminPort;
    private volatile Process process;
    private volatile boolean hurried;
    private boolean ended;

    private Sidecar(
            Supplier<ProcessBuilder> command, Reaper reaper, Plan plan, Path log, int outboundPort, int adminPort)
            throws IOException {
        this.command = command;
        this.reaper = reaper;
        this.process = reaper.start(command.get().redirectOutput(log.toFile()));
        this.plan = plan;
        this.log = log;
        this.outboundPort = outboundPort;
        this.adminPort = adminPort;
    }

    /**
     * What a sidecar is started with.
     *
     * @param stateDirectory this proxy's alone; made where it is not there
     * @param tokenFile holds a join token
     * @param drain how long requests that run may take to end at a stop; zero: none
     * @param extra more arguments of {@code weft proxy}
     */
    public record Plan(
            String nodeId,
            Subject subject,
            ControlAddress control,
            Path stateDirectory,
            Path tokenFile,
            Duration drain,
            List<String> extra) {
        public Plan {
            extra = List.copyOf(extra);
        }
    }

    /** Starts it; {@link #awaitReady} says when it serves. */
    public static Sidecar start(Plan plan, Launcher launcher, Reaper reaper) throws IOException {
        Path state = plan.stateDirectory();
        PrivateFiles.ensureDirectory(state);
        // Those of the last time, where they are free: the configuration on the proxy's disk is for them.
        Ports ports = new Ports(state);
        int outbound = ports.choose("outbound", "127.0.0.1", 0);
        int admin = ports.choose("admin", "127.0.0.1", 0);
        Path bootstrap = state.resolve("bootstrap.json");
        BootstrapFile.write(bootstrap, plan.nodeId(), plan.subject(), plan.control(), outbound, admin);
        keepForProxy(bootstrap, state);
        Path log = state.resolve("proxy.log");
        List<String> arguments = new ArrayList<>(List.of(
                "-c",
                bootstrap.toString(),
                "--state-dir",
                state.toString(),
                "--token-file",
                plan.tokenFile().toString(),
                "--drain-seconds",
                Long.toString(plan.drain().toSeconds())));
        arguments.addAll(plan.extra());
        Supplier<ProcessBuilder> command = () -> launcher.role("proxy", arguments)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true);
        return new Sidecar(command, reaper, plan, log, outbound, admin);
    }

    /** So that not each proxy brings along what it takes to read a file. */
    private static void keepForProxy(Path bootstrap, Path state) throws IOException {
        BootstrapCache cache = new BootstrapCache(state);
        try {
            LoadedBootstrap.load(bootstrap, cache).keep(cache);
        } catch (InvalidInputException e) {
            throw new IOException("the proxy's bootstrap: " + e.getMessage(), e);
        }
    }

    /**
     * Starts it on the ports and the state that it had; returns when it is ready, or has ended.
     *
     * @return whether it is ready
     */
    boolean startAgain() throws IOException, InterruptedException {
        Process next;
        synchronized (this) {
            if (ended) {
                return false;
            }
            next = reaper.start(command.get().redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())));
            process = next;
        }
        while (next.isAlive()) {
            try {
                if (askReady().isEmpty()) {
                    return true;
                }
            } catch (IOException e) {
                // It does not listen yet.
            }
            Thread.sleep(POLL_MILLIS);
        }
        return false;
    }

    /** The present one. */
    public Process process() {
        return process;
    }

    /** Whether others send requests to the program. */
    public boolean isServing() {
        return !plan.subject().services().isEmpty() && process.isAlive();
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

    /**
     * Returns when it has its configuration and listens, or nobody wants it any more.
     *
     * @param tell is told once what is waited for, where that takes a while
     */
    public void awaitReady(Duration bound, BooleanSupplier stopped, Consumer<String> tell)
            throws CommandFailedException, InterruptedException {
        long began = System.nanoTime();
        boolean told = false;
        String last = "it does not listen yet";
        while (System.nanoTime() - began < bound.toNanos()) {
            if (!told && System.nanoTime() - began > PATIENCE.toNanos()) {
                told = true;
                tell.accept(
                        "waiting for the proxy, " + bound.toSeconds() + " s at most: " + last + "; its log is " + log);
            }
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

    /**
     * Has everybody else's requests end; returns when that is done, or the proxy's own bounds have passed. The program's requests still work.
     *
     * @throws IOException where the proxy does not answer
     */
    public void drain() throws IOException {
        long seconds = WITHDRAWAL_BOUND.plus(plan.drain()).toSeconds();
        HttpURLConnection connection =
                (HttpURLConnection) URI.create("http://127.0.0.1:" + adminPort + "/drain?wait=" + seconds)
                        .toURL()
                        .openConnection(Proxy.NO_PROXY);
        try {
            connection.setRequestMethod("POST");
            connection.setConnectTimeout(CONNECT_MILLIS);
            connection.setReadTimeout(Math.toIntExact(TimeUnit.SECONDS.toMillis(seconds)) + CONNECT_MILLIS);
            int code = connection.getResponseCode();
            if (code != HttpURLConnection.HTTP_OK) {
                throw new IOException("the proxy answered " + code);
            }
        } finally {
            connection.disconnect();
        }
    }

    /** From now on its end waits for nothing. */
    public void hurry() {
        hurried = true;
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

    /** Lets it drain, unless that was done or nobody waits any more; then it has ended. */
    @Override
    public void close() {
        synchronized (this) {
            ended = true;
        }
        process.destroy();
        long deadline = System.nanoTime()
                + WITHDRAWAL_BOUND.plus(plan.drain()).plus(plan.drain()).toNanos();
        try {
            while (System.nanoTime() < deadline && !process.waitFor(REMIND_MILLIS, TimeUnit.MILLISECONDS)) {
                if (hurried) {
                    // The second time it waits for nothing.
                    deadline = Math.min(deadline, System.nanoTime() + HURRY_BOUND.toNanos());
                    process.destroy();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }
}

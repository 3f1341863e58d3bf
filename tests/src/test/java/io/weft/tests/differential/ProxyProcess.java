package io.weft.tests.differential;

import java.io.Closeable;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** One running proxy, with its log in a file. */
final class ProxyProcess implements Closeable {
    private static final Duration READY_WITHIN = Duration.ofSeconds(40);

    private final Process process;
    private final Path log;

    private ProxyProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    static ProxyProcess start(List<String> command, Path log, int adminPort) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        ProxyProcess proxy = new ProxyProcess(process, log);
        try {
            Awaitility.await()
                    .atMost(READY_WITHIN)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> !process.isAlive() || isReady(adminPort));
            if (!process.isAlive()) {
                throw new IllegalStateException(
                        "the proxy ended with code " + process.exitValue() + ": " + proxy.log());
            }
            return proxy;
        } catch (RuntimeException e) {
            proxy.close();
            throw e;
        }
    }

    /** Runs a command that ends by itself. @return what it wrote; empty if it succeeded */
    static String failureOf(List<String> command, Path log) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return "did not end within 60 s";
        }
        return process.exitValue() == 0 ? "" : Files.readString(log);
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    private static boolean isReady(int adminPort) {
        try {
            HttpURLConnection connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + adminPort + "/ready")
                    .toURL()
                    .openConnection();
            connection.setConnectTimeout(500);
            connection.setReadTimeout(500);
            try {
                return connection.getResponseCode() == 200;
            } finally {
                connection.disconnect();
            }
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(3, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}

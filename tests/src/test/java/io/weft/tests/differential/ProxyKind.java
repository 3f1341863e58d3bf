package io.weft.tests.differential;

import io.weft.tests.leaks.RecordedLeaks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How each of the two proxies is started from a bootstrap file. */
sealed interface ProxyKind {
    List<String> command(Path bootstrap) throws IOException;

    record Envoy(Path binary) implements ProxyKind {
        @Override
        public List<String> command(Path bootstrap) {
            return List.of(
                    binary.toString(),
                    "-c",
                    bootstrap.toString(),
                    "--concurrency",
                    "1",
                    "--disable-hot-restart",
                    // Of access logs.
                    "--file-flush-interval-msec",
                    "20",
                    "--log-level",
                    "warning");
        }

        List<String> validation(Path bootstrap) {
            return List.of(binary.toString(), "--mode", "validate", "-c", bootstrap.toString());
        }
    }

    record Weft() implements ProxyKind {
        @Override
        public List<String> command(Path bootstrap) throws IOException {
            // The class path of the tests is longer than a command line should be.
            Path arguments = bootstrap.resolveSibling("weft.args");
            Files.writeString(
                    arguments,
                    String.join(" ", RecordedLeaks.flags()) + " -cp \"" + System.getProperty("java.class.path")
                            + "\"\n");
            return List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx128m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:-UsePerfData",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "@" + arguments,
                    "io.weft.cli.Main",
                    "proxy",
                    "-c",
                    bootstrap.toString(),
                    "--state-dir",
                    bootstrap.resolveSibling("state").toString(),
                    "--warm-up-requests",
                    "0");
        }
    }
}

package io.weft.tests.mesh;

import io.weft.tests.leaks.RecordedLeaks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The {@code weft} command as a process of its own, with this JVM's class path and a state directory of the test's. The property {@code weft.tests.java}
 * has more flags for the JVMs.
 */
public record Weft(Path state) {
    private static final String MAIN = "io.weft.cli.Main";
    private static final String FLAGS = "weft.tests.java";
    private static final List<String> JAVA = List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-Xmx128m",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    public record Outcome(int code, String out, String err) {}

    /** A process that is ready to be started; what it writes goes nowhere yet. */
    public ProcessBuilder builder(List<String> arguments) {
        return java(List.of(), MAIN, arguments);
    }

    /**
     * Another program of this JVM's class path.
     *
     * @param flags of its JVM, more than those of the command
     */
    public ProcessBuilder java(List<String> flags, String mainClass, List<String> arguments) {
        List<String> command = new ArrayList<>(JAVA);
        command.addAll(RecordedLeaks.flags());
        command.addAll(flags);
        command.addAll(Stream.of(System.getProperty(FLAGS, "").split(" "))
                .filter(flag -> !flag.isBlank())
                .toList());
        command.add(mainClass);
        command.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectInput(Path.of("/dev/null").toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().put("XDG_STATE_HOME", state.toString());
        builder.environment().remove("WEFT_LAUNCHER");
        // For the processes that it starts.
        builder.environment().put("WEFT_JAVA_OPTS", String.join(" ", RecordedLeaks.flags()));
        return builder;
    }

    public Process start(Path out, Path err, List<String> arguments) throws IOException {
        return builder(arguments)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
    }

    /** Runs it to its end, at most for the bound. */
    public Outcome run(Duration bound, String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile(state, "weft", ".out");
        Path err = Files.createTempFile(state, "weft", ".err");
        Process process = start(out, err, List.of(arguments));
        try {
            if (!process.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError(
                        String.join(" ", arguments) + " runs longer than " + bound + ": " + read(out) + read(err));
            }
            return new Outcome(process.exitValue(), read(out), read(err));
        } finally {
            process.destroy();
        }
    }

    public static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }
}

package io.weft.proxy.codec.fuzz;

import io.weft.proxy.codec.HpackFuzz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Runs Jazzer on all targets side by side, a process each. What it finds is left as {@code TARGET-crash-...} in the folder: such a file belongs among the seeds,
 * under a name that says what it is, once the fault is mended.
 */
public final class Fuzzing {
    static final List<Class<?>> TARGETS = List.of(
            HeadFuzz.class,
            ChunksFuzz.class,
            ConnectionFuzz.class,
            ResponseFuzz.class,
            HpackFuzz.class,
            FramesFuzz.class);

    private static final int MAX_INPUT_BYTES = 1_024;

    private Fuzzing() {}

    /** Arguments: seconds, and the folder of seeds, of what was learnt and of what was found. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int seconds = Integer.parseInt(arguments[0]);
        Path folder = Path.of(arguments[2]).toAbsolutePath();
        Map<String, Process> running = start(seconds, Path.of(arguments[1]).toAbsolutePath(), folder);
        boolean found = false;
        for (Map.Entry<String, Process> each : running.entrySet()) {
            int code = each.getValue().waitFor();
            found |= code != 0;
            Path log = folder.resolve(each.getKey() + ".log");
            List<String> lines = Files.readAllLines(log);
            int shown = code == 0 ? 1 : 60;
            System.out.println(each.getKey() + (code == 0 ? "" : " found something, see " + log));
            lines.subList(Math.max(0, lines.size() - shown), lines.size()).forEach(System.out::println);
        }
        System.exit(found ? 1 : 0);
    }

    /** Starts all; each ends by itself, with another code than 0 if it found something. */
    static Map<String, Process> start(int seconds, Path seeds, Path folder) throws IOException {
        Map<String, Process> running = new LinkedHashMap<>();
        for (Class<?> target : TARGETS) {
            String name = target.getSimpleName();
            Path learnt = folder.resolve(name);
            Files.createDirectories(learnt);
            running.put(
                    name,
                    new ProcessBuilder(command(target, seconds, seeds.resolve(name), learnt))
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve(name + ".log").toFile())
                            .start());
        }
        return running;
    }

    private static List<String> command(Class<?> target, int seconds, Path seeds, Path learnt) {
        String own = "io.weft.proxy.codec.**";
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                // What runs for seconds is not worth the second compiler.
                "-XX:TieredStopAtLevel=" + (seconds < 30 ? 1 : 4),
                // Jazzer puts its agent into its own process.
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.getName(),
                "--instrumentation_includes=" + own,
                // Its detectors of SQL injection and the like have nothing to do here.
                "--custom_hook_includes=" + own,
                "--reproducer_path=" + learnt.getParent(),
                "-artifact_prefix=" + learnt + "-",
                "-max_total_time=" + seconds,
                "-max_len=" + MAX_INPUT_BYTES,
                learnt.toString()));
        if (Files.isDirectory(seeds)) {
            command.add(seeds.toString());
        }
        return command;
    }

    static List<Path> seeds(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }
}

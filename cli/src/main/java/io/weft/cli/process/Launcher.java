package io.weft.cli.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Starts further roles of the command: by the script that started this process, which gives each role its own JVM flags and cache, or, where this
 * process was started without it, by this JVM with this class path.
 */
public final class Launcher {
    private static final String SCRIPT = "WEFT_LAUNCHER";
    private static final String MORE_FLAGS = "WEFT_JAVA_OPTS";
    private static final String SHOP = "shop";
    private static final List<String> FLAGS = List.of(
            "-XX:+UseSerialGC",
            "-Xmx128m",
            "-Xss512k",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    private final String script;

    private Launcher(String script) {
        this.script = script;
    }

    /** As this process was started. */
    public static Launcher own() {
        return new Launcher(System.getenv().getOrDefault(SCRIPT, ""));
    }

    /**
     * A process that is ready to be started.
     *
     * <p>Ctrl-C in a terminal reaches every process of the foreground; this one leaves it to the process that starts it, which ends its children in
     * order. Ignored signals stay ignored over exec, and a JVM respects that.
     *
     * @param role the first word behind {@code weft}
     */
    public ProcessBuilder role(String role, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "trap '' INT HUP; exec \"$@\"", "weft"));
        if (!script.isEmpty()) {
            command.add(script);
            command.add(role);
            command.addAll(arguments);
            return new ProcessBuilder(command);
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(FLAGS);
        Stream.of(System.getenv().getOrDefault(MORE_FLAGS, "").split(" "))
                .filter(flag -> !flag.isBlank())
                .forEach(command::add);
        if (role.equals(SHOP)) {
            command.add("io.weft.demo.Shop");
        } else {
            command.add("io.weft.cli.Main");
            command.add(role);
        }
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        // In the environment, since a class path may be longer than a command line.
        builder.environment().putAll(Map.of("CLASSPATH", System.getProperty("java.class.path")));
        return builder;
    }

    /** The command as a user types it. */
    public String command() {
        return script.isEmpty() ? "weft" : script;
    }
}

package io.weft.cli.log;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.logging.LogManager;

/**
 * The JDK's logging, to standard error; WEFT_LOG_LEVEL is the level. Who names a file by {@code -Djava.util.logging.config.file} gets what that says.
 */
public final class LogSetup {
    private static final String FILE = "java.util.logging.config.file";

    /** Of libraries only what may matter. */
    private static final String SETTINGS = """
            handlers = java.util.logging.ConsoleHandler
            java.util.logging.ConsoleHandler.level = ALL
            java.util.logging.ConsoleHandler.formatter = io.weft.cli.log.LogLine
            java.util.logging.ConsoleHandler.encoding = UTF-8
            io.netty.level = WARNING
            io.grpc.level = WARNING
            org.eclipse.jetty.level = WARNING
            .level = %s
            """;

    private LogSetup() {}

    /** To be called before anything is logged. */
    public static void install() {
        System.setProperty("java.util.logging.manager", Manager.class.getName());
    }

    /** The JDK's word for a level; INFO for what is none. */
    static String level(String name) {
        return switch (name.strip().toUpperCase(Locale.ROOT)) {
            case "OFF" -> "OFF";
            case "ERROR" -> "SEVERE";
            case "WARN" -> "WARNING";
            case "DEBUG" -> "FINE";
            case "TRACE", "ALL" -> "ALL";
            default -> "INFO";
        };
    }

    /** The JDK makes it, when the first line is logged. */
    public static final class Manager extends LogManager {
        /** As the JDK calls it. */
        public Manager() {}

        @Override
        public void readConfiguration() throws IOException {
            if (System.getProperty(FILE) != null) {
                super.readConfiguration();
                return;
            }
            String level = level(System.getenv().getOrDefault("WEFT_LOG_LEVEL", "INFO"));
            readConfiguration(
                    new ByteArrayInputStream(SETTINGS.replace("%s", level).getBytes(StandardCharsets.ISO_8859_1)));
        }

        /** Not when the JVM ends: what is said while a process stops is worth reading. */
        @Override
        public void reset() {}
    }
}

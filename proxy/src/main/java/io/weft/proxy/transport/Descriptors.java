package io.weft.proxy.transport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The file descriptors of this process. */
public final class Descriptors {
    /** What a limit that cannot be read is taken for: the least that systems give. */
    private static final long FALLBACK_LIMIT = 1024;

    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Path OPEN = Path.of("/proc/self/fd");
    private static final String LIMIT_LINE = "Max open files";

    /** Read once: without a descriptor left the file cannot be opened. */
    private static final long LIMIT = readLimit();

    private Descriptors() {}

    /** How many may be open at once. */
    public static long limit() {
        return LIMIT;
    }

    private static long readLimit() {
        try (Stream<String> lines = Files.lines(LIMITS)) {
            return lines.filter(line -> line.startsWith(LIMIT_LINE))
                    .map(line -> line.substring(LIMIT_LINE.length()).strip().split("\\s+", 2)[0])
                    .mapToLong(text -> text.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(text))
                    .findFirst()
                    .orElse(FALLBACK_LIMIT);
        } catch (IOException | RuntimeException e) {
            return FALLBACK_LIMIT;
        }
    }

    /** How many are open; -1 where that cannot be told, as when none is left to look with. */
    public static long open() {
        try (Stream<Path> files = Files.list(OPEN)) {
            // Without the one that the look itself takes.
            return files.count() - 1;
        } catch (IOException | RuntimeException e) {
            return -1;
        }
    }

    /** Whether something failed because no descriptor was left, in this process or on this machine. */
    public static boolean areExhausted(@Nullable Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 8; depth++) {
            String message = cause.getMessage();
            // strerror(3) of EMFILE and ENFILE: neither Netty nor the JDK tells the number.
            if (message != null
                    && (message.contains("Too many open files") || message.contains("file table overflow"))) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}

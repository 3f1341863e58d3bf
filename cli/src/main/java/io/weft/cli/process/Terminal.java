package io.weft.cli.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The terminal that this process may have. */
public final class Terminal {
    // Of /proc/self/stat, behind the name in parentheses (proc_pid_stat(5)).
    private static final int GROUP = 2;
    private static final int TERMINAL = 4;
    private static final int FOREGROUND = 5;

    private Terminal() {}

    /** Whether Ctrl-C in a terminal reaches this process and its children alike. */
    public static boolean isInForeground() {
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return !fields[TERMINAL].equals("0") && fields[GROUP].equals(fields[FOREGROUND]);
        } catch (IOException | IndexOutOfBoundsException e) {
            return false;
        }
    }

    /** Whether standard output is a terminal, for colours and for what is drawn over. */
    public static boolean isOutput() {
        try {
            return Path.of("/proc/self/fd/1").toRealPath().startsWith("/dev/pts")
                    || Path.of("/proc/self/fd/1").toRealPath().startsWith("/dev/tty");
        } catch (IOException e) {
            return false; // a pipe has no path
        }
    }
}

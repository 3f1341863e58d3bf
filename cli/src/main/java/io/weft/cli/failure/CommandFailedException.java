package io.weft.cli.failure;

import java.util.List;

/** A command failed in a way that its user can act on; each line is one sentence. */
public final class CommandFailedException extends Exception {
    /** What was asked for could not be done. */
    public static final int FAILED = 1;

    /** The command line or a document is wrong. */
    public static final int INVALID = 2;

    private static final long serialVersionUID = 1L;

    private final transient List<String> lines;
    private final int exitCode;
    private final boolean away;

    private CommandFailedException(List<String> lines, int exitCode, boolean away) {
        super(String.join("\n", lines));
        this.lines = List.copyOf(lines);
        this.exitCode = exitCode;
        this.away = away;
    }

    /** No control plane answered. */
    public static CommandFailedException away(String line) {
        return new CommandFailedException(List.of(line), FAILED, true);
    }

    public static CommandFailedException failed(String... lines) {
        return new CommandFailedException(List.of(lines), FAILED, false);
    }

    /** With an exit code of its own. */
    public static CommandFailedException failed(int exitCode, String line) {
        return new CommandFailedException(List.of(line), exitCode, false);
    }

    public static CommandFailedException failed(List<String> lines) {
        return new CommandFailedException(lines, FAILED, false);
    }

    public static CommandFailedException invalid(String... lines) {
        return new CommandFailedException(List.of(lines), INVALID, false);
    }

    public static CommandFailedException invalid(List<String> lines) {
        return new CommandFailedException(lines, INVALID, false);
    }

    public List<String> lines() {
        return lines;
    }

    public int exitCode() {
        return exitCode;
    }

    /** Whether that is because no control plane answered. */
    public boolean isAway() {
        return away;
    }
}

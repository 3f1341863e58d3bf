package io.weft.cli.sidecar;

import io.weft.cli.failure.CommandFailedException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The file that a program's name stands for, found as shells find it; and their exit codes where it cannot be run (POSIX, XCU 2.8.2). */
public final class ProgramFile {
    private static final int CANNOT_RUN = 126;
    private static final int NOT_FOUND = 127;

    private ProgramFile() {}

    /** @throws CommandFailedException where there is no such program, or it cannot be executed */
    public static void check(String name) throws CommandFailedException {
        boolean isPath = name.contains(File.separator);
        List<Path> found = (isPath ? Stream.of(Path.of(name)) : inPath(name))
                .filter(Files::exists)
                .toList();
        if (found.isEmpty()) {
            throw CommandFailedException.failed(
                    NOT_FOUND, name + ": there is no such program" + (isPath ? "" : " in any directory of PATH"));
        }
        if (found.stream().noneMatch(file -> Files.isRegularFile(file) && Files.isExecutable(file))) {
            Path file = found.getFirst();
            throw CommandFailedException.failed(
                    CANNOT_RUN,
                    file
                            + (Files.isDirectory(file)
                                    ? ": a directory, expected a program"
                                    : ": not executable for this user; chmod +x " + file + " makes it so"));
        }
    }

    private static Stream<Path> inPath(String name) {
        return Stream.of(Objects.requireNonNullElse(System.getenv("PATH"), "").split(File.pathSeparator))
                .map(directory -> Path.of(directory, name));
    }

    /** The system refused to start what {@link #check} found. */
    static CommandFailedException refused(String name, IOException refusal) {
        return CommandFailedException.failed(CANNOT_RUN, name + ": cannot be started: " + refusal.getMessage());
    }
}

package io.weft.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A running process, the signals that befall it, and what the kernel tells of it. */
public final class OsProcess {
    private static final Duration END_BOUND = Duration.ofSeconds(40);
    private static final long PAGE = 4096;

    private final ProcessHandle handle;
    private final @Nullable Process process;
    private final Path log;

    OsProcess(ProcessHandle handle, Path log) {
        this.handle = handle;
        this.process = null;
        this.log = log;
    }

    /** One that this JVM has started itself. */
    OsProcess(Process process, Path log) {
        this.handle = process.toHandle();
        this.process = process;
        this.log = log;
    }

    public long pid() {
        return handle.pid();
    }

    /** What it wrote, both streams. */
    public Path log() {
        return log;
    }

    public String logText() {
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    public boolean isAlive() {
        return handle.isAlive();
    }

    /** kill -9; returns when it is dead. */
    public void kill() {
        beginKill();
        awaitEnd();
    }

    /** kill -9, without waiting. */
    public void beginKill() {
        handle.destroyForcibly();
    }

    /** SIGTERM. */
    public void terminate() {
        handle.destroy();
    }

    /** SIGSTOP: it hangs, its sockets stay open. */
    public void suspend() {
        signal("STOP");
    }

    /** SIGCONT. */
    public void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        if (!handle.isAlive()) {
            return;
        }
        try {
            Process kill = new ProcessBuilder("/bin/sh", "-c", "kill -" + name + " " + pid()).start();
            assertThat(kill.waitFor()).as("kill -" + name).isZero();
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Returns when it is dead. */
    public void awaitEnd() {
        try {
            handle.onExit().get(END_BOUND.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("process " + pid() + " does not end; it wrote: " + logText(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    /** Of one that has ended and that this JVM has started itself. */
    public int exitCode() {
        return Objects.requireNonNull(process, "started by another process").exitValue();
    }

    public long fileDescriptors() {
        try (Stream<Path> entries = Files.list(proc("fd"))) {
            return entries.count();
        } catch (IOException e) {
            return 0;
        }
    }

    public long threads() {
        try (Stream<Path> entries = Files.list(proc("task"))) {
            return entries.count();
        } catch (IOException e) {
            return 0;
        }
    }

    /** Memory that is its own or shared, in use now. */
    public long residentBytes() {
        try {
            return Long.parseLong(Files.readString(proc("statm")).split(" ", -1)[1]) * PAGE;
        } catch (IOException e) {
            return 0;
        }
    }

    private Path proc(String file) {
        return Path.of("/proc", Long.toString(pid()), file);
    }

    @Override
    public String toString() {
        return "process " + pid() + " (" + log + ")";
    }
}

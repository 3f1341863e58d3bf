package io.weft.cli.sidecar;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.process.Reaper;
import io.weft.cli.process.Signals;
import io.weft.cli.process.Terminal;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The program that a sidecar stands beside: it has this process's terminal and its signals. */
public final class Program {
    private static final int SIGNALLED = 128;
    private static final int INTERRUPT = 2;
    private static final int TERMINATE = 15;

    private final AtomicReference<@Nullable Process> process = new AtomicReference<>();
    private volatile String early = "";

    /** From here on, signals are the program's; one that comes before there is a program keeps it from being started. */
    public void takeSignals() {
        for (String name : List.of("INT", "TERM", "HUP", "USR1", "USR2", "WINCH")) {
            Signals.handle(name, this::forward);
        }
    }

    private void forward(String signal) {
        Process running = process.get();
        if (running == null) {
            early = signal;
            return;
        }
        // A terminal has told the program as well: all of its foreground gets Ctrl-C.
        if (Terminal.isInForeground() && (signal.equals("INT") || signal.equals("WINCH"))) {
            return;
        }
        try {
            Signals.send(running, signal);
        } catch (IOException e) {
            running.destroy();
        }
    }

    /** Whether somebody wants this to end before the program was started. */
    public boolean isStopped() {
        return early.equals("INT") || early.equals("TERM") || early.equals("HUP");
    }

    /** The exit code where {@link #isStopped}. */
    public int stoppedCode() {
        return SIGNALLED + (early.equals("INT") ? INTERRUPT : early.equals("TERM") ? TERMINATE : 1);
    }

    /**
     * Runs it to its end.
     *
     * @return its exit code; 128 and the signal's number where a signal ended it
     */
    public int run(List<String> command, Sidecar sidecar, Reaper reaper, PrintStream errors)
            throws CommandFailedException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        ProgramEnvironment.put(builder.environment(), sidecar.outboundPort());
        Process started;
        try {
            started = reaper.start(builder);
        } catch (IOException e) {
            throw CommandFailedException.failed("the program cannot be started: " + e.getMessage());
        }
        process.set(started);
        if (isStopped()) {
            started.destroy();
        }
        sidecar.process().onExit().thenAccept(ended -> {
            if (started.isAlive()) {
                errors.println("weft run: the proxy ended with exit code " + ended.exitValue()
                        + "; the program goes on without it, and reaches nothing through it; its log is "
                        + sidecar.log());
            }
        });
        return started.waitFor();
    }
}

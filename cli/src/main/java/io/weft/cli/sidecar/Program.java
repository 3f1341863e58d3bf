package io.weft.cli.sidecar;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.process.Reaper;
import io.weft.cli.process.Signals;
import io.weft.cli.process.Terminal;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The program that a sidecar stands beside: it has this process's terminal and its signals. One that ends programs reaches it only when nobody sends it
 * requests any more; a second one at once.
 */
public final class Program {
    private static final int SIGNALLED = 128;
    private static final int HANG_UP = 1;
    private static final int INTERRUPT = 2;
    private static final int TERMINATE = 15;
    private static final int KILL_SECONDS = 2;

    private final PrintStream errors;
    private final Thread starter = Thread.currentThread();
    private @Nullable Process process;
    private @Nullable Sidecar sidecar;
    /** The first signal that wants an end; empty: none came. */
    private volatile String ending = "";

    /**
     * Of the thread that starts it, which a signal interrupts.
     *
     * @param errors where people are told why it takes time to end
     */
    public Program(PrintStream errors) {
        this.errors = errors;
    }

    /** From here on, signals are the program's; one that comes before there is a program keeps it from being started. */
    public void takeSignals() {
        for (String name : List.of("INT", "TERM", "HUP", "USR1", "USR2", "WINCH")) {
            Signals.handle(name, this::take);
        }
    }

    private void take(String signal) {
        Process running;
        Sidecar beside;
        boolean first;
        boolean ends = signal.equals("TERM") || signal.equals("INT");
        synchronized (this) {
            running = process;
            beside = sidecar;
            boolean alive = running != null && running.isAlive();
            // A terminal has told the program as well: all of its foreground gets Ctrl-C.
            if (alive && (signal.equals("INT") || signal.equals("WINCH")) && Terminal.isInForeground()) {
                return;
            }
            first = ending.isEmpty();
            if (ends || (running == null && signal.equals("HUP"))) {
                ending = first ? signal : ending;
            }
            if (running == null && isStopped()) {
                starter.interrupt();
            }
        }
        if (running == null || beside == null) {
            if (ends && !first) {
                // Whatever is being waited for; the reaper ends what was started.
                Runtime.getRuntime().halt(stoppedCode());
            }
        } else if (!ends) {
            send(running, signal);
        } else if (!running.isAlive()) {
            beside.hurry();
        } else if (first) {
            endInOrder(running, beside, signal);
        } else {
            endNow(running, beside, signal);
        }
    }

    private void endInOrder(Process running, Sidecar beside, String signal) {
        if (beside.isServing()) {
            errors.println("weft run: SIG" + signal + ": "
                    + "requests to the program end first, then it gets the signal" + " (a second one is for now)");
            try {
                beside.drain();
            } catch (IOException e) {
                errors.println("weft run: the proxy did not drain: " + e.getMessage());
            }
        }
        send(running, signal);
    }

    private static void endNow(Process running, Sidecar beside, String signal) {
        beside.hurry();
        send(running, signal);
        try {
            if (!running.waitFor(KILL_SECONDS, TimeUnit.SECONDS)) {
                running.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(Process running, String signal) {
        if (!running.isAlive()) {
            return;
        }
        try {
            Signals.send(running, signal);
        } catch (IOException e) {
            running.destroy();
        }
    }

    /** Whether somebody wants this to end. */
    public boolean isStopped() {
        return !ending.isEmpty();
    }

    /** The exit code where {@link #isStopped} and the program was not started. */
    public int stoppedCode() {
        return SIGNALLED
                + switch (ending) {
                    case "INT" -> INTERRUPT;
                    case "TERM" -> TERMINATE;
                    default -> HANG_UP;
                };
    }

    /**
     * Runs it to its end, and sees to it that its proxy runs as long.
     *
     * @return its exit code; 128 and the signal's number where a signal ended it
     */
    public int run(List<String> command, Sidecar beside, Reaper reaper)
            throws CommandFailedException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        ProgramEnvironment.put(builder.environment(), beside.outboundPort());
        Process started;
        synchronized (this) {
            if (isStopped()) {
                return stoppedCode();
            }
            try {
                started = reaper.start(builder);
            } catch (IOException e) {
                ProgramFile.check(command.getFirst());
                throw ProgramFile.refused(command.getFirst(), e);
            }
            process = started;
            sidecar = beside;
        }
        ProxyKeeper keeper = new ProxyKeeper(beside, errors, this::isStopped);
        try {
            return started.waitFor();
        } finally {
            keeper.end();
        }
    }
}

package io.weft.cli.process;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sees to it that children do not outlive this process, even where it is killed: a shell that reads their process ids from a pipe, and ends those
 * that are left when the pipe does. (A child that watches its parent by itself would have to know of it; the programs beside the proxies do not.)
 */
public final class Reaper implements AutoCloseable {
    private static final String MARK = "WEFT_START";

    // Lines: "+NAME" before a start, "=NAME PID" after it, "-NAME" or "-PID" at an end: an id that has become free may
    // soon be
    // somebody else's. Who was being started when the pipe ended is known by its environment.
    private static final String SCRIPT = """
            trap '' INT TERM HUP
            pids=' '
            names=' '
            without() { printf '%%s' "$1" | sed "s/ $2 / /"; }
            while read -r line pid; do
              word=${line#?}
              case $line in
                +*) names="$names$word " ;;
                =*) names=$(without "$names" "$word"); pids="$pids$pid " ;;
                -*) names=$(without "$names" "$word"); pids=$(without "$pids" "$word") ;;
              esac
            done
            [ "$pids$names" = '  ' ] && exit 0
            started() {
              for name in $names; do
                grep -lsxzF "%1$s=$name" /proc/[0-9]*/environ | cut -d/ -f3
              done
            }
            kill $pids $(started) 2>/dev/null
            sleep 2
            kill -9 $pids $(started) 2>/dev/null
            """.formatted(MARK);

    private final AtomicLong starts = new AtomicLong();
    private final Process shell;
    private final Writer pipe;

    private Reaper(Process shell) {
        this.shell = shell;
        this.pipe = shell.outputWriter(StandardCharsets.US_ASCII);
    }

    public static Reaper start() throws IOException {
        return new Reaper(new ProcessBuilder("/bin/sh", "-c", SCRIPT)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    /** Starts a process that will not outlive this one. */
    public Process start(ProcessBuilder builder) throws IOException {
        String name = announce(builder);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            tell("-" + name);
            throw e;
        }
        tell("=" + name + " " + process.pid());
        process.onExit().thenAccept(ended -> tell("-" + ended.pid()));
        return process;
    }

    /** Tells that a process will be there from any moment on. Answers its name. */
    String announce(ProcessBuilder builder) {
        String name = ProcessHandle.current().pid() + "." + starts.incrementAndGet();
        builder.environment().put(MARK, name);
        tell("+" + name);
        return name;
    }

    private synchronized void tell(String line) {
        try {
            pipe.write(line + "\n");
            pipe.flush();
        } catch (IOException e) {
            // It was ended: by us, or by somebody who wants it so.
        }
    }

    /** Ends what is left. */
    @Override
    public synchronized void close() {
        try {
            pipe.close();
        } catch (IOException e) {
            shell.destroyForcibly();
        }
    }
}

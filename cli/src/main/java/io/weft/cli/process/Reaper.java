package io.weft.cli.process;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

/**
 * Sees to it that children do not outlive this process, even where it is killed: a shell that reads their process ids from a pipe, and ends those
 * that are left when the pipe does. (A child that watches its parent by itself would have to know of it; the programs beside the proxies do not.)
 */
public final class Reaper implements AutoCloseable {
    // The list grows by one id a line, and shrinks by one with a minus in front: an id that has become free may soon be
    // somebody else's.
    private static final String SCRIPT = """
            trap '' INT TERM HUP
            pids=' '
            while read -r line; do
              case $line in
                -*) pids=$(printf '%s' "$pids" | sed "s/ ${line#-} / /") ;;
                *) pids="$pids$line " ;;
              esac
            done
            [ "$pids" = ' ' ] && exit 0
            kill $pids 2>/dev/null
            sleep 2
            kill -9 $pids 2>/dev/null
            """;

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
        Process process = builder.start();
        tell(Long.toString(process.pid()));
        process.onExit().thenAccept(ended -> tell("-" + ended.pid()));
        return process;
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

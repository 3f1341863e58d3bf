package io.weft.tests.leaks;

import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Netty's leak detector of a process under test, whose log is deleted with the test's directory: what it finds is written to a file too, among the reports
 * of the tests, which {@code make test} looks through. A process that ends collects its garbage once more, for what it did not release last.
 */
public final class RecordedLeaks extends ResourceLeakDetector<Object> {
    private static final String DIRECTORY = "weft.leaks";
    private static final Path REPORTS = Path.of("target", "surefire-reports");
    private static final long COLLECTED_MILLIS = 2000;
    private static final Queue<RecordedLeaks> ALL = new ConcurrentLinkedQueue<>();

    static {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("leaks").unstarted(RecordedLeaks::lookOnceMore));
    }

    /** As Netty calls it, for each type of what is counted. */
    public RecordedLeaks(Class<?> type, int samplingInterval) {
        super(type, samplingInterval);
        ALL.add(this);
    }

    /** Netty says that it looks for this one too. */
    public RecordedLeaks(Class<?> type, int samplingInterval, long most) {
        this(type, samplingInterval);
    }

    /** For the JVM of a process under test. Each use of a buffer with its stack would take more time than the proxy does: who took and gave it back is enough. */
    public static List<String> flags() {
        List<String> flags = new ArrayList<>(List.of(
                "-Dio.netty.leakDetection.level=paranoid",
                "-Dio.netty.leakDetection.acquireAndReleaseOnly=true",
                "-Dio.netty.customResourceLeakDetector=" + RecordedLeaks.class.getName()));
        if (Files.isDirectory(REPORTS)) {
            flags.add("-D" + DIRECTORY + "=" + REPORTS.toAbsolutePath());
        }
        return flags;
    }

    @Override
    protected void reportTracedLeak(String type, String records) {
        super.reportTracedLeak(type, records);
        record(type + records);
    }

    @Override
    protected void reportUntracedLeak(String type) {
        super.reportUntracedLeak(type);
        record(type);
    }

    private static void record(String leak) {
        String directory = System.getProperty(DIRECTORY);
        if (directory == null) {
            return;
        }
        try {
            Files.writeString(
                    Path.of(directory, "leaks-" + ProcessHandle.current().pid() + ".txt"),
                    "LEAK: not released by " + System.getProperty("sun.java.command") + ": " + leak + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void lookOnceMore() {
        try {
            // What one collection found is where the detector looks before anything of the next one is.
            collect();
            collect();
            // Whoever counts something more hears of what was lost.
            ALL.forEach(detector -> detector.track(new Object()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns when something that nobody holds was found; or does not, where the JVM is too busy to. */
    private static void collect() throws InterruptedException {
        ReferenceQueue<Object> collected = new ReferenceQueue<>();
        WeakReference<Object> garbage = new WeakReference<>(new Object(), collected);
        System.gc();
        try {
            collected.remove(COLLECTED_MILLIS);
        } finally {
            Reference.reachabilityFence(garbage);
        }
    }
}

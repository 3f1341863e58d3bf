package io.weft.proxy.telemetry;

import io.netty.util.internal.PlatformDependent;
import io.weft.engine.config.AccessLog;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes access logs on a thread of its own. Loops only put records into a queue without locks, bounded by their number and by what they hold of
 * memory (a client chooses how large its heads are); what does not fit is dropped and counted. While
 * lines come the thread looks every {@link #PAUSE_NANOS}, so a request does not pay for waking it up; after a quiet second it sleeps until woken.
 */
public final class AccessLogs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLogs.class);
    private static final int CAPACITY = 16 * 1024;
    private static final long MAX_BYTES = 32 * 1024 * 1024;
    private static final int HEAP_PART = 16;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int QUIET_PAUSES = 20;

    private record Entry(RequestRecord record, long bytes, LogFormat format, AccessLog.Sink sink) {}

    private final Queue<Entry> queue = PlatformDependent.newFixedMpscQueue(CAPACITY);
    private final Map<AccessLog.Sink, OutputStream> outputs = new ConcurrentHashMap<>();
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final long maxBytes;
    private final Thread writer;
    private volatile boolean asleep;
    private volatile boolean closed;

    public AccessLogs() {
        this(Math.min(MAX_BYTES, Runtime.getRuntime().maxMemory() / HEAP_PART));
    }

    /**
     * @param maxBytes how much memory records may hold that wait to be written
     */
    AccessLogs(long maxBytes) {
        this.maxBytes = maxBytes;
        writer = Thread.ofPlatform().daemon().name("weft-access-log").start(this::run);
    }

    /**
     * An observer for each log.
     *
     * @throws IllegalArgumentException where a format holds an operator that Weft does not know, or a file cannot be opened
     */
    public List<RequestObserver> open(List<AccessLog> logs) {
        return logs.stream().map(this::open).toList();
    }

    private RequestObserver open(AccessLog log) {
        LogFormat format = LogFormat.compile(log.format());
        outputs.computeIfAbsent(log.sink(), AccessLogs::output);
        return (loop, record) -> {
            record.keep();
            add(new Entry(record, record.retainedBytes(), format, log.sink()));
        };
    }

    private static OutputStream output(AccessLog.Sink sink) {
        return switch (sink) {
            case AccessLog.Sink.Stdout() -> new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));
            case AccessLog.Sink.Stderr() -> new BufferedOutputStream(new FileOutputStream(FileDescriptor.err));
            case AccessLog.Sink.File(String path) -> {
                try {
                    yield new BufferedOutputStream(new FileOutputStream(path, true));
                } catch (IOException e) {
                    throw new IllegalArgumentException(
                            "access log \"" + path + "\" cannot be opened: " + e.getMessage(), e);
                }
            }
        };
    }

    private void add(Entry entry) {
        if (queuedBytes.addAndGet(entry.bytes) > maxBytes || !queue.offer(entry)) {
            queuedBytes.addAndGet(-entry.bytes);
            dropped.incrementAndGet();
        } else if (asleep) {
            LockSupport.unpark(writer);
        }
    }

    /** Lines that were not written because the queue was full or the output failed. */
    public long dropped() {
        return dropped.get();
    }

    private void run() {
        StringBuilder line = new StringBuilder(1024);
        int quiet = 0;
        while (!closed) {
            if (drain(line)) {
                quiet = 0;
            } else if (++quiet >= QUIET_PAUSES) {
                asleep = true;
                if (queue.isEmpty() && !closed) {
                    LockSupport.park(this);
                }
                asleep = false;
                quiet = 0;
                continue;
            }
            LockSupport.parkNanos(this, PAUSE_NANOS);
        }
        drain(line);
        outputs.values().forEach(AccessLogs::flush);
    }

    /** Writes what is there; answers whether there was something. */
    private boolean drain(StringBuilder line) {
        Entry entry = queue.poll();
        if (entry == null) {
            return false;
        }
        while (entry != null) {
            line.setLength(0);
            write(entry, line);
            queuedBytes.addAndGet(-entry.bytes);
            entry = queue.poll();
        }
        outputs.values().forEach(AccessLogs::flush);
        return true;
    }

    private void write(Entry entry, StringBuilder line) {
        OutputStream output = outputs.get(entry.sink);
        try {
            entry.format.write(entry.record, line);
            if (output != null) {
                output.write(line.toString().getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException | RuntimeException e) {
            // A full disk must not end the log for ever; the first of a row is told.
            if (dropped.getAndIncrement() == 0) {
                LOG.warn("access log {} cannot be written: {}", entry.sink, e.toString());
            }
        }
    }

    private static void flush(OutputStream output) {
        try {
            output.flush();
        } catch (IOException e) {
            LOG.debug("access log cannot be flushed", e);
        }
    }

    /** Writes what waits, at most for a second. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(writer);
        try {
            writer.join(TimeUnit.SECONDS.toMillis(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        outputs.forEach((sink, output) -> {
            if (sink instanceof AccessLog.Sink.File) {
                try {
                    output.close();
                } catch (IOException e) {
                    LOG.debug("access log cannot be closed", e);
                }
            }
        });
    }
}

package io.weft.proxy.upstream;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operating system's resolver, with its hosts file and name service switch. It blocks, so it runs on a few platform threads of its own (a virtual
 * thread would pin its carrier in the native call). Where too many look-ups wait already, the next one fails.
 */
public final class SystemResolver implements Resolver, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SystemResolver.class);
    private static final int THREADS = 4;
    private static final int MAX_WAITING = 1024;

    private final ThreadPoolExecutor executor;

    public SystemResolver() {
        executor = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                30,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MAX_WAITING),
                Thread.ofPlatform().daemon().name("weft-resolve-", 0).factory());
        executor.allowCoreThreadTimeOut(true);
    }

    @Override
    public void resolve(String host, Consumer<List<InetAddress>> callback) {
        try {
            executor.execute(() -> callback.accept(lookUp(host)));
        } catch (RejectedExecutionException e) {
            LOG.warn("{} look-ups wait already: {} is not resolved", MAX_WAITING, host);
            callback.accept(List.of());
        }
    }

    private static List<InetAddress> lookUp(String host) {
        try {
            return List.of(InetAddress.getAllByName(host));
        } catch (UnknownHostException e) {
            return List.of();
        }
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}

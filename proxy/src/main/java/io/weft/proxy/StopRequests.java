package io.weft.proxy;

import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Wishes that a proxy process ends, as signals bring them: the first ends it in order, the second at once. One that comes while the proxy starts ends the
 * start.
 */
public final class StopRequests {
    private final Semaphore requests = new Semaphore(0);
    private boolean requested;
    private @Nullable Thread starter;

    /** On any thread. */
    public void request() {
        synchronized (this) {
            requested = true;
            if (starter != null) {
                starter.interrupt();
            }
        }
        requests.release();
    }

    /** The current thread starts the proxy: a request interrupts it. */
    synchronized void startBegins() {
        starter = Thread.currentThread();
        if (requested) {
            starter.interrupt();
        }
    }

    synchronized void startEnds() {
        starter = null;
        // What was meant for the start must not reach what comes after it; the request itself is kept.
        Thread.interrupted();
    }

    synchronized boolean isRequested() {
        return requested;
    }

    /** Returns at the next request. */
    void await() throws InterruptedException {
        requests.acquire();
    }
}

package io.weft.proxy.transport;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.uring.IoUring;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a process talks to the kernel, and why so.
 *
 * @param kind what works here
 * @param why for people
 * @param isFallback whether another one was asked for, which does not work here
 */
public record TransportChoice(TransportKind kind, String why, boolean isFallback) {
    /**
     * Looks at what this machine has.
     *
     * @param wanted null: what serves best. That is epoll where there is one; io_uring only where it was asked for, since it saves no CPU here (see
     *     docs/decisions), and what confines containers often forbids it
     */
    public static TransportChoice probe(@Nullable TransportKind wanted) {
        TransportKind first = wanted == null ? TransportKind.EPOLL : wanted;
        Throwable missing = missing(first);
        if (missing == null) {
            return new TransportChoice(first, wanted == null ? "the default" : "as asked for", false);
        }
        TransportKind next = first == TransportKind.IO_URING && missing(TransportKind.EPOLL) == null
                ? TransportKind.EPOLL
                : TransportKind.NIO;
        return new TransportChoice(next, first.optionName() + " does not work here: " + cause(missing), wanted != null);
    }

    /** Why it does not work here; null: it does. */
    private static @Nullable Throwable missing(TransportKind kind) {
        return switch (kind) {
            case IO_URING -> IoUring.isAvailable() ? null : IoUring.unavailabilityCause();
            case EPOLL -> Epoll.isAvailable() ? null : Epoll.unavailabilityCause();
            case NIO -> null;
        };
    }

    private static String cause(Throwable missing) {
        Throwable last = missing;
        for (int depth = 0; last.getCause() != null && depth < 8; depth++) {
            last = last.getCause();
        }
        String message = last.getMessage();
        return message == null ? last.getClass().getSimpleName().toLowerCase(Locale.ROOT) : message;
    }

    @Override
    public String toString() {
        return kind.optionName() + " (" + why + ")";
    }
}

package io.weft.core.time;

/** Monotonic time in nanoseconds from an arbitrary origin, as {@link System#nanoTime}. */
@FunctionalInterface
public interface Ticker {
    long nanos();

    static Ticker system() {
        return System::nanoTime;
    }
}

package io.weft.tests.faults;

/** How often a test does what it does: a tenth, but with {@code -Dweft.faults.full=true} ({@code make test-faults}). */
public final class Counts {
    private static final int SHARE = 10;

    private Counts() {}

    public static boolean full() {
        return Boolean.getBoolean("weft.faults.full");
    }

    /** All of them, or a tenth, at least one. */
    public static int of(int full) {
        return full() ? full : Math.max(1, full / SHARE);
    }
}

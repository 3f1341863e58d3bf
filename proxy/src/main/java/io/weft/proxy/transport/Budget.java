package io.weft.proxy.transport;

/**
 * How much memory something may hold on one event loop. Confined to it; read elsewhere, its figures may be a little old.
 *
 * <p>A share of it is for connections with one request each, which is what most have. Those with more at once get of the rest, each a part of what is left:
 * who wants much finds a bound long before the others (dynamic thresholds; Choudhury and Hahne, 1998).
 */
public final class Budget {
    private static final int SHARES = 16;

    private final long bound;
    private final long shared;
    private long used;
    private long refused;

    /**
     * @param bound in bytes
     */
    public Budget(long bound) {
        this.bound = bound;
        this.shared = bound / 4 * 3;
    }

    /** Takes so many bytes, where they are left. */
    public boolean tryTake(long bytes) {
        if (used + bytes > bound) {
            return false;
        }
        used += bytes;
        return true;
    }

    /** Takes so many bytes, whether they are left or not: see {@link #isBeyondShare}. */
    public void take(long bytes) {
        used += bytes;
    }

    /** Ends what {@link #take} or {@link #tryTake} began. */
    public void give(long bytes) {
        used -= bytes;
    }

    /**
     * Whether a connection took more than may be its own; whoever is refused gives back what was taken.
     *
     * @param held what was taken for the connection, in bytes
     * @param alone whether that is one request
     */
    public boolean isBeyondShare(long held, boolean alone) {
        return alone ? used > bound : held > (shared - used) / SHARES;
    }

    /** Whether those who do not get on with what they took should give it back. */
    public boolean isShort() {
        return used > bound / 2;
    }

    /** As {@link #isShort}, at once. */
    public boolean isAlarming() {
        return used > bound / 4 * 3;
    }

    /** Counts somebody who is refused. */
    public void refuse() {
        refused++;
    }

    public long used() {
        return used;
    }

    public long bound() {
        return bound;
    }

    /** How many were refused. */
    public long refused() {
        return refused;
    }
}

package io.weft.tests.faults.soak;

import java.util.SplittableRandom;

/**
 * Something that a client does, who knows what must come of it.
 *
 * @param provokes an error: it is the right one, or the act fails
 * @param play throws where it does not come out as it should; answers how many requests that were
 */
record Act(String protocol, String name, boolean provokes, Play play) {
    /** Bounded in time. */
    interface Play {
        int play(SplittableRandom random) throws Exception;
    }

    static Act honest(String protocol, String name, Play play) {
        return new Act(protocol, name, false, play);
    }

    static Act provoking(String protocol, String name, Play play) {
        return new Act(protocol, name, true, play);
    }

    /** What did not come out as it should. */
    static final class WrongException extends Exception {
        private static final long serialVersionUID = 1;

        WrongException(String message) {
            super(message);
        }
    }

    static void check(boolean holds, String otherwise) throws WrongException {
        if (!holds) {
            throw new WrongException(otherwise);
        }
    }

    @Override
    public String toString() {
        return protocol + ", " + name;
    }
}

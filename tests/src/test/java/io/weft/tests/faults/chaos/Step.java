package io.weft.tests.faults.chaos;

import java.time.Duration;

/**
 * Something bad, and when it happens.
 *
 * @param number its place in the schedule
 * @param at since the load began; later where something else has to end first
 * @param target the instance that it happens to; empty: the control plane
 * @param pause how long it lasts, before what it broke is started again
 */
record Step(int number, Duration at, Kind kind, String target, Duration pause) {
    /** What happens. */
    enum Kind {
        KILL_APPLICATION(4, 2000, "kill -9 of the application of"),
        KILL_PROXY(4, 2000, "kill -9 of the proxy of"),
        KILL_BOTH(4, 2000, "kill -9 of the proxy and the application of"),
        HANG(2, 2000, "SIGSTOP of the proxy and the application of"),
        RESTART(5, 500, "clean restart of"),
        KILL_CONTROL_PLANE(2, 5000, "kill -9 of the control plane, during changes"),
        RESTART_IN_OUTAGE(2, 1000, "kill -9 of the control plane, meanwhile a clean restart of"),
        KILL_IN_OUTAGE(1, 1000, "kill -9 of the control plane, meanwhile kill -9 of the proxy and the application of"),
        MOVE_TRAFFIC(4, 0, "change set that moves the traffic of reviews"),
        INVALID_CHANGE(2, 0, "invalid change sets");

        final int weight;
        final int longestPauseMillis;
        final String words;

        Kind(int weight, int longestPauseMillis, String words) {
            this.weight = weight;
            this.longestPauseMillis = longestPauseMillis;
            this.words = words;
        }

        boolean hitsAnInstance() {
            return switch (this) {
                case KILL_APPLICATION, KILL_PROXY, KILL_BOTH, HANG, RESTART, RESTART_IN_OUTAGE, KILL_IN_OUTAGE -> true;
                case KILL_CONTROL_PLANE, MOVE_TRAFFIC, INVALID_CHANGE -> false;
            };
        }

        boolean hitsTheControlPlane() {
            return switch (this) {
                case KILL_CONTROL_PLANE, RESTART_IN_OUTAGE, KILL_IN_OUTAGE -> true;
                case KILL_APPLICATION, KILL_PROXY, KILL_BOTH, HANG, RESTART, MOVE_TRAFFIC, INVALID_CHANGE -> false;
            };
        }
    }

    @Override
    public String toString() {
        String what = target.isEmpty() ? kind.words : kind.words + " " + target;
        return pause.isZero() ? what : what + ", for " + pause.toMillis() + " ms";
    }
}

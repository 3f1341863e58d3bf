package io.weft.tests.faults.chaos;

import io.weft.tests.faults.chaos.Step.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** What happens in a run, all of it decided by the seed. */
final class Schedule {
    /** What load and proxies need to be warm. */
    private static final int FIRST_MILLIS = 1000;

    /** After the last, what was broken has to come back. */
    private static final int QUIET_MILLIS = 2000;

    private Schedule() {}

    /**
     * @param gapMillis between two steps, on average
     * @param instances that may be hit
     */
    static List<Step> of(long seed, Duration length, int gapMillis, List<String> instances) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Step> steps = new ArrayList<>();
        long at = FIRST_MILLIS;
        while (at < length.toMillis() - QUIET_MILLIS) {
            Kind kind = kind(random);
            String target = kind.hitsAnInstance() ? instances.get(random.nextInt(instances.size())) : "";
            Duration pause =
                    Duration.ofMillis(kind.longestPauseMillis == 0 ? 0 : random.nextInt(kind.longestPauseMillis));
            steps.add(new Step(steps.size() + 1, Duration.ofMillis(at), kind, target, pause));
            at += gapMillis / 4 + random.nextInt(gapMillis * 3 / 2);
        }
        return List.copyOf(steps);
    }

    private static Kind kind(SplittableRandom random) {
        int sum = Arrays.stream(Kind.values()).mapToInt(kind -> kind.weight).sum();
        int ticket = random.nextInt(sum);
        for (Kind kind : Kind.values()) {
            ticket -= kind.weight;
            if (ticket < 0) {
                return kind;
            }
        }
        throw new IllegalStateException("weights do not add up");
    }
}

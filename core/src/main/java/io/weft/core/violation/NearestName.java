package io.weft.core.violation;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the known name that somebody probably meant. */
public final class NearestName {
    private NearestName() {}

    /**
     * The known name with the least edit distance (insertion, deletion, substitution, swap of neighbours; case is free), if it is near
     * enough to be meant: at most a third of the name's length.
     */
    public static Optional<String> of(String name, Collection<String> known) {
        String best = null;
        int bestDistance = Integer.MAX_VALUE;
        for (String candidate : known) {
            int distance = distance(name.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
            if (distance < bestDistance) {
                bestDistance = distance;
                best = candidate;
            }
        }
        int bound = Math.max(1, name.length() / 3);
        return bestDistance <= bound ? Optional.ofNullable(best) : Optional.empty();
    }

    /** {@code did you mean "x"?}, or an empty string. */
    public static String hint(String name, Collection<String> known) {
        return of(name, known)
                .map(nearest -> "did you mean \"" + nearest + "\"?")
                .orElse("");
    }

    private static int distance(String a, String b) {
        int[] twoBack = new int[b.length() + 1];
        int[] previous = new int[b.length() + 1];
        int[] current = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(substitution, Math.min(previous[j], current[j - 1]) + 1);
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    current[j] = Math.min(current[j], twoBack[j - 2] + 1);
                }
            }
            int[] free = twoBack;
            twoBack = previous;
            previous = current;
            current = free;
        }
        return previous[b.length()];
    }
}

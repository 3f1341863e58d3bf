package io.weft.control.translate;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Answers queries and remembers the answers together with what each one read. After a change of the facts an answer is kept where
 * everything that it read is unchanged, checked from the inputs upwards; where an input changed but what was made of it did not, the
 * change stops there. (The method of build systems with early cut-off: Mokhov, Mitchell, Peyton Jones, "Build systems à la carte", 2018.)
 *
 * <p>Confined to one thread at a time.
 */
public final class Derivation {
    private final Map<Query<?>, Answer> answers = new HashMap<>();
    private Facts facts = Facts.EMPTY;
    private long generation = 1;
    private long computed;

    /** Replaces the inputs. */
    public void update(Facts newFacts) {
        facts = newFacts;
        generation++;
    }

    public Facts facts() {
        return facts;
    }

    /** How many queries were computed, not remembered, since the start. */
    public long computed() {
        return computed;
    }

    @SuppressWarnings("unchecked") // An answer is stored only under the query that computed it.
    public <T> T get(Query<T> query) {
        Answer known = answers.get(query);
        if (known != null && isCurrent(known)) {
            return (T) known.value;
        }
        Recorder recorder = new Recorder();
        T value = query.compute(recorder);
        computed++;
        // An equal answer stays the same object: readers compare it at once.
        Object kept = known != null && known.value.equals(value) ? known.value : value;
        answers.put(query, new Answer(kept, List.copyOf(recorder.reads.values()), generation));
        return (T) kept;
    }

    /** Forgets the answers that nobody asked for since the last {@link #update}. */
    public void forgetUnused() {
        answers.values().removeIf(answer -> answer.checkedAt != generation);
    }

    private boolean isCurrent(Answer answer) {
        if (answer.checkedAt == generation) {
            return true;
        }
        if (answer.reads.isEmpty()) {
            // It read the facts themselves.
            return false;
        }
        for (Read read : answer.reads) {
            if (!get(read.query).equals(read.value)) {
                return false;
            }
        }
        answer.checkedAt = generation;
        return true;
    }

    private final class Recorder implements View {
        private final Map<Query<?>, Read> reads = new LinkedHashMap<>();

        @Override
        public <T> T read(Query<T> query) {
            T value = get(query);
            reads.putIfAbsent(query, new Read(query, value));
            return value;
        }

        @Override
        public Facts facts() {
            return facts;
        }
    }

    private record Read(Query<?> query, Object value) {}

    private static final class Answer {
        private final Object value;
        private final List<Read> reads;
        private long checkedAt;

        Answer(Object value, List<Read> reads, long checkedAt) {
            this.value = value;
            this.reads = reads;
            this.checkedAt = checkedAt;
        }
    }
}

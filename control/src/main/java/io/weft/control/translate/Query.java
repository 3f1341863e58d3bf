package io.weft.control.translate;

/**
 * A pure function of the {@link Facts} and of other queries, named by its own fields: two equal queries have the same answer.
 *
 * @param <T> an immutable type whose {@code equals} compares by value
 */
public interface Query<T> {
    /** Reads whatever it needs through {@code view}, and nothing else. */
    T compute(View view);
}

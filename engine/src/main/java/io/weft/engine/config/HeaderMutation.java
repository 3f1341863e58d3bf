package io.weft.engine.config;

import java.util.List;

/**
 * Changes of headers: first those that go, then those that come.
 *
 * @param remove lower-case names
 * @param set in order
 */
public record HeaderMutation(List<String> remove, List<HeaderChange> set) {
    public static final HeaderMutation NONE = new HeaderMutation(List.of(), List.of());

    public HeaderMutation {
        remove = List.copyOf(remove);
        set = List.copyOf(set);
    }

    public boolean isEmpty() {
        return remove.isEmpty() && set.isEmpty();
    }

    /**
     * One header.
     *
     * @param name lower case
     * @param value literal
     * @param action what happens to values that are there
     */
    public record HeaderChange(String name, String value, Action action) {}

    /** What happens to values that are there (xDS: {@code HeaderAppendAction}). */
    public enum Action {
        APPEND_OR_ADD,
        ADD_IF_ABSENT,
        OVERWRITE_OR_ADD,
        OVERWRITE_IF_PRESENT
    }
}

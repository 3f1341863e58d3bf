package io.weft.control.status;

import java.util.List;

/**
 * The proxies that the control plane knows of.
 *
 * @param connected how they stand
 * @param absent node ids of those that were there before this control plane started and have not come back; they are told of for an hour
 * @param awaited whether the absent ones may still be on their way back: until then nobody can say that all run something
 */
public record Fleet(List<ProxyStatus> connected, List<String> absent, boolean awaited) {
    public static final Fleet EMPTY = new Fleet(List.of(), List.of(), false);

    public Fleet {
        connected = List.copyOf(connected);
        absent = List.copyOf(absent);
    }

    /** Those that must be back before all can be said to run something. */
    public List<String> missing() {
        return awaited ? absent : List.of();
    }
}

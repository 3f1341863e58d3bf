package io.weft.control.status;

/**
 * A statement about a resource, in Gateway API's form.
 *
 * @param type {@code Accepted}, {@code ResolvedRefs}, {@code Programmed} or {@code PartiallyHonoured}
 * @param holds whether it is so
 * @param reason one word, CamelCase
 * @param message a sentence for people; may be empty
 */
public record Condition(String type, boolean holds, String reason, String message) {
    public static final String ACCEPTED = "Accepted";
    public static final String RESOLVED_REFS = "ResolvedRefs";
    public static final String PROGRAMMED = "Programmed";
    /** Present only where something is passed over. */
    public static final String PARTIALLY_HONOURED = "PartiallyHonoured";

    static Condition accepted() {
        return new Condition(ACCEPTED, true, "Accepted", "");
    }

    static Condition refused(String reason, String message) {
        return new Condition(ACCEPTED, false, reason, message);
    }

    static Condition resolved() {
        return new Condition(RESOLVED_REFS, true, "ResolvedRefs", "");
    }

    static Condition unresolved(String reason, String message) {
        return new Condition(RESOLVED_REFS, false, reason, message);
    }

    static Condition partial(String message) {
        return new Condition(PARTIALLY_HONOURED, true, "NotHonoured", message);
    }
}

package io.weft.control.config;

/** What became of a change set. */
public sealed interface CommitResult {
    /** It is durable. */
    record Committed(Revision revision) implements CommitResult {}

    /** Everything was so already: there is no new revision. */
    record Unchanged(long head) implements CommitResult {}

    /** The precondition was not true of {@code head}; nothing was changed. */
    record Conflict(long head) implements CommitResult {}
}

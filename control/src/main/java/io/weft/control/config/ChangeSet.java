package io.weft.control.config;

import io.weft.resource.model.ResourceKey;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is to become one revision, or nothing at all.
 *
 * @param expected what must be true of the head
 * @param operations each for another key
 * @param author who asked for it, for the history
 */
public record ChangeSet(Precondition expected, List<Operation> operations, String author) {
    public static final int MAX_DOCUMENTS = 10_000;
    public static final int MAX_BYTES = 8 * 1024 * 1024;

    public ChangeSet {
        operations = List.copyOf(operations);
        if (operations.size() > MAX_DOCUMENTS) {
            throw new IllegalArgumentException(
                    operations.size() + " documents in a change set: expected at most " + MAX_DOCUMENTS);
        }
        Set<ResourceKey> keys = new HashSet<>();
        for (Operation operation : operations) {
            if (!keys.add(operation.key())) {
                throw new IllegalArgumentException(operation.key() + " is changed twice in one change set");
            }
        }
    }

    /** What must be true of the head for a change set to be taken. */
    public sealed interface Precondition {
        /** Nothing. */
        record Any() implements Precondition {}

        /** It is what the change was made from. */
        record HeadIs(long revision) implements Precondition {}
    }

    /** One change of one resource. */
    public sealed interface Operation {
        ResourceKey key();

        /** Adds or replaces. An equal document changes nothing. */
        record Put(Document document) implements Operation {
            @Override
            public ResourceKey key() {
                return document.key();
            }
        }

        /** Removes; of a resource that is not there, changes nothing. */
        record Delete(ResourceKey key) implements Operation {}
    }
}

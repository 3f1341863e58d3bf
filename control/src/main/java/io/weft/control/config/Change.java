package io.weft.control.config;

import io.weft.resource.model.ResourceKey;

/** What a revision did to one resource. */
public sealed interface Change {
    ResourceKey key();

    record Added(StoredDocument after) implements Change {
        @Override
        public ResourceKey key() {
            return after.key();
        }
    }

    record Modified(StoredDocument before, StoredDocument after) implements Change {
        @Override
        public ResourceKey key() {
            return after.key();
        }
    }

    record Removed(StoredDocument before) implements Change {
        @Override
        public ResourceKey key() {
            return before.key();
        }
    }
}

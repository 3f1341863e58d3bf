package io.weft.proxy.http;

import io.weft.engine.config.HeaderMutation;
import io.weft.proxy.codec.Headers;

/** Applies configured changes of headers. */
final class HeaderMutations {
    private HeaderMutations() {}

    static void apply(HeaderMutation mutation, Headers headers) {
        if (mutation.isEmpty()) {
            return;
        }
        for (String name : mutation.remove()) {
            headers.remove(name);
        }
        for (HeaderMutation.HeaderChange change : mutation.set()) {
            switch (change.action()) {
                case APPEND_OR_ADD -> headers.add(change.name(), change.value());
                case ADD_IF_ABSENT -> {
                    if (!headers.contains(change.name())) {
                        headers.add(change.name(), change.value());
                    }
                }
                case OVERWRITE_OR_ADD -> headers.set(change.name(), change.value());
                case OVERWRITE_IF_PRESENT -> {
                    if (headers.contains(change.name())) {
                        headers.set(change.name(), change.value());
                    }
                }
            }
        }
    }
}

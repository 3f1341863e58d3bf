package io.weft.control.ca;

import io.weft.core.identity.SpiffeId;

/** What a process shows for an identity. */
sealed interface Evidence {
    /** A join token, as text. */
    record Token(String text) implements Evidence {
        @Override
        public String toString() {
            return "Token[]";
        }
    }

    /** The SVID of its connection, which TLS has verified. */
    record Peer(SpiffeId id) implements Evidence {}

    /** Neither. */
    record Nothing() implements Evidence {}
}

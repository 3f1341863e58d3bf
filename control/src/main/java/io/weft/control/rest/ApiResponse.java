package io.weft.control.rest;

import java.nio.ByteBuffer;

/** What a handler answers. */
sealed interface ApiResponse {
    /** {@code body} as JSON. */
    record Json(int status, Object body) implements ApiResponse {}

    /** JSON that somebody else wrote. */
    record RawJson(String body) implements ApiResponse {}

    /** A file. */
    record Download(String type, ByteBuffer content) implements ApiResponse {}

    /** A stream of server-sent events that lasts until its client leaves or the server stops. */
    record Events(EventStream stream) implements ApiResponse {}

    static ApiResponse ok(Object body) {
        return new Json(200, body);
    }
}

package io.weft.control.rest;

import io.weft.core.violation.SourceLocation;
import io.weft.core.violation.Violation;
import java.util.List;

/**
 * The one form of every error (RFC 9457).
 *
 * @param type what kind of problem it is; a URN that clients may switch on
 * @param title the same for all problems of a type
 * @param status the HTTP status
 * @param detail what happened and what to do
 * @param violations what is wrong with the input, where it is about an input
 */
public record Problem(String type, String title, int status, String detail, List<Wrong> violations) {
    static final String CONTENT_TYPE = "application/problem+json";

    public Problem {
        violations = List.copyOf(violations);
    }

    static Problem of(Kind kind, String detail) {
        return new Problem(kind.type(), kind.title, kind.status, detail, List.of());
    }

    static Problem invalid(String detail, List<Violation> violations) {
        return new Problem(
                Kind.INVALID.type(),
                Kind.INVALID.title,
                Kind.INVALID.status,
                detail,
                violations.stream().map(Wrong::of).toList());
    }

    /**
     * @param file empty where the input has no file
     * @param line from 1; 0 where the input has no lines
     * @param message all of it in one line
     */
    public record Wrong(
            String file, int line, String path, String value, String expected, String hint, String message) {
        static Wrong of(Violation violation) {
            SourceLocation location = violation.location();
            return new Wrong(
                    location == null ? "" : location.file(),
                    location == null ? 0 : location.line(),
                    violation.path(),
                    violation.value(),
                    violation.expected(),
                    violation.hint(),
                    violation.toString());
        }
    }

    /** The types of problems. */
    enum Kind {
        MALFORMED(400, "malformed-request", "The request is malformed"),
        UNAUTHORIZED(401, "unauthorized", "The token is missing or wrong"),
        FORBIDDEN(403, "forbidden", "The request comes from a place that may not ask"),
        NOT_FOUND(404, "not-found", "There is no such thing"),
        METHOD(405, "method-not-allowed", "The path does not take this method"),
        CONFLICT(409, "conflict", "Somebody else changed it meanwhile"),
        TOO_LARGE(413, "too-large", "The request is too large"),
        INVALID(422, "invalid", "The documents are invalid"),
        INTERNAL(500, "internal", "The control plane failed"),
        UPSTREAM(502, "proxy-failed", "The proxy could not answer"),
        UNAVAILABLE(503, "unavailable", "The control plane cannot do this now");

        private final int status;
        private final String name;
        private final String title;

        Kind(int status, String name, String title) {
            this.status = status;
            this.name = name;
            this.title = title;
        }

        String type() {
            return "urn:weft:problem:" + name;
        }
    }
}

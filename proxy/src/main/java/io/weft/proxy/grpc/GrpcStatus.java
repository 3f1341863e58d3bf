package io.weft.proxy.grpc;

import io.weft.proxy.codec.Headers;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * How a call ended.
 *
 * @param code gRPC's
 * @param description for people; may be empty
 * @param cause what the connection failed with, where that ended the call
 */
public record GrpcStatus(
        Code code, String description, @Nullable Throwable cause) {
    /** The codes of gRPC. */
    public enum Code {
        OK(0),
        CANCELLED(1),
        UNKNOWN(2),
        INVALID_ARGUMENT(3),
        DEADLINE_EXCEEDED(4),
        NOT_FOUND(5),
        ALREADY_EXISTS(6),
        PERMISSION_DENIED(7),
        RESOURCE_EXHAUSTED(8),
        FAILED_PRECONDITION(9),
        ABORTED(10),
        OUT_OF_RANGE(11),
        UNIMPLEMENTED(12),
        INTERNAL(13),
        UNAVAILABLE(14),
        DATA_LOSS(15),
        UNAUTHENTICATED(16);

        private final int number;

        Code(int number) {
            this.number = number;
        }

        /** As on the wire. */
        public int number() {
            return number;
        }

        static Code of(String text) {
            for (Code code : values()) {
                if (text.equals(Integer.toString(code.number))) {
                    return code;
                }
            }
            return UNKNOWN;
        }
    }

    static GrpcStatus of(Code code, String description) {
        return new GrpcStatus(code, description, null);
    }

    /** What trailers say, or a head that is all there is of a response. */
    static GrpcStatus of(int httpStatus, Headers trailers) {
        String number = trailers.get("grpc-status");
        if (number == null) {
            return ofHttp(httpStatus, "a response without grpc-status");
        }
        String message = trailers.get("grpc-message");
        return of(Code.of(number), message == null ? "" : decoded(message));
    }

    /** Of a response that is not gRPC's: a proxy on the way answered, or something else listens there. */
    static GrpcStatus ofHttp(int httpStatus, String what) {
        Code code = switch (httpStatus) {
            case 400, 431 -> Code.INTERNAL;
            case 401 -> Code.UNAUTHENTICATED;
            case 403 -> Code.PERMISSION_DENIED;
            case 404 -> Code.UNIMPLEMENTED;
            case 429, 502, 503, 504 -> Code.UNAVAILABLE;
            default -> Code.UNKNOWN;
        };
        return of(code, what + ", HTTP status " + httpStatus);
    }

    /** The text of {@code grpc-message}: UTF-8 with percent-encoding; what is no such encoding stays as it is. */
    private static String decoded(String message) {
        if (message.indexOf('%') < 0) {
            return message;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(message.length());
        for (int i = 0; i < message.length(); i++) {
            char c = message.charAt(i);
            int high = c == '%' && i + 2 < message.length() ? Character.digit(message.charAt(i + 1), 16) : -1;
            int low = high >= 0 ? Character.digit(message.charAt(i + 2), 16) : -1;
            if (low >= 0) {
                bytes.write(high << 4 | low);
                i += 2;
            } else {
                bytes.write(c);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    public boolean isOk() {
        return code == Code.OK;
    }

    @Override
    public String toString() {
        return description.isEmpty() ? code.name() : code + ": " + description;
    }
}

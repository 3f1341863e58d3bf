package io.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.codec.ServerStream;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.telemetry.RequestRecord;
import io.weft.proxy.upstream.UnprocessedReply;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/**
 * What the proxy answers by itself.
 *
 * @param head with all headers but those that every response gets
 * @param body UTF-8 text; empty: none
 */
record LocalReply(ResponseHead head, String body) {
    /** Why the proxy answered and not the service; a {@link Cause}'s name, or what the route says. */
    private static final String CAUSE = "x-weft-cause";

    private static final int GRPC_DEADLINE_EXCEEDED = 4;
    private static final int MAX_CAUSE = 64;

    /**
     * The only place that turns an error into a status. gRPC requests get 200 and a gRPC status in what is head and trailers at once (gRPC over HTTP/2,
     * "Trailers-Only").
     *
     * @param grpc whether the request is one of gRPC
     * @param received whether the request came whole: then a timeout is the gateway's, else the client's
     * @param retried whether there was more than one try
     */
    static LocalReply of(ProxyError error, boolean grpc, boolean received, boolean retried) {
        int status = status(error.cause(), received);
        String body = body(error, retried);
        LocalReply reply = grpc ? grpc(grpcStatus(error.cause(), status), body) : text(status, body);
        reply.head.headers().add(CAUSE, error.wireCause());
        if (error.cause() == Cause.OVERFLOW) {
            reply.head.headers().add("x-envoy-overloaded", "true");
        }
        return reply;
    }

    /**
     * For the client's proxy, which makes a reply of its own where it cannot go elsewhere: without a body, so that the connection is free at once.
     *
     * @param header one of {@link UnprocessedReply}'s
     */
    LocalReply unanswered(String header, ProxyError error) {
        Headers headers = new Headers(head.headers());
        if (!body.isEmpty()) {
            headers.remove("content-type");
            headers.set("content-length", "0");
        }
        headers.set(header, error.cause().wireName());
        return new LocalReply(new ResponseHead(head.status(), headers), "");
    }

    /** What ends a stream of gRPC of which a part has been answered already. */
    static Headers grpcTrailers(ProxyError error) {
        return new Headers()
                .add("grpc-status", Integer.toString(grpcStatus(error.cause(), status(error.cause(), true))))
                .add("grpc-message", percentEncoded(body(error, false)))
                .add("x-weft-cause", error.cause().wireName());
    }

    /**
     * The route's cluster is not there.
     *
     * @param status as the route has it
     */
    static LocalReply noCluster(ProxyError error, int status, boolean grpc) {
        LocalReply reply = grpc ? grpc(ofHttpStatus(status), "") : text(status, "");
        reply.head.headers().add(CAUSE, error.wireCause());
        return reply;
    }

    /** What the configuration says; a request of gRPC gets it as a gRPC status, as from Envoy. */
    static LocalReply direct(int status, String body, boolean grpc) {
        LocalReply reply = grpc ? grpc(ofHttpStatus(status), body) : text(status, body);
        reply.head.headers().add(CAUSE, "direct_response");
        return reply;
    }

    /** Why the endpoint's proxy answered instead of the endpoint, for the log; empty: it did not. The response's own word, so it is cut. */
    static String causeTold(ResponseHead response, boolean grpc) {
        String cause = grpc || response.status() >= 500 ? response.headers().get(CAUSE) : null;
        return cause == null
                ? ""
                : "the endpoint's proxy answered, " + cause.substring(0, Math.min(cause.length(), MAX_CAUSE));
    }

    /** Of a request that the codec refused with this status: what its answer says. */
    static Headers refused(int status, String requestId) {
        Cause cause = switch (status) {
            case 408 -> Cause.REQUEST_RECEIVE_TIMEOUT;
            case 413, 414, 431 -> Cause.REQUEST_TOO_LARGE;
            default -> Cause.BAD_REQUEST;
        };
        return new Headers().add(CAUSE, cause.wireName()).add("x-request-id", requestId);
    }

    /** Sends it, by the request's id, and records it. */
    void send(ServerStream stream, RequestRecord record, RandomGenerator random) {
        Headers headers = head.headers();
        if (record.requestId.isEmpty()) {
            record.requestId = new RequestIds().next(random);
        }
        headers.set("x-request-id", record.requestId);
        record.status = head.status();
        record.responseHeaders = head;
        boolean bodiless = body.isEmpty() || record.method.equals("HEAD");
        stream.sendHead(head, bodiless);
        if (!bodiless) {
            ByteBuf text = Unpooled.wrappedBuffer(body.getBytes(StandardCharsets.UTF_8));
            record.responseBytes += text.readableBytes();
            stream.sendData(text, true);
        }
    }

    static LocalReply text(int status, String body) {
        Headers headers = new Headers();
        if (!body.isEmpty()) {
            headers.add("content-length", Integer.toString(body.getBytes(StandardCharsets.UTF_8).length))
                    .add("content-type", "text/plain");
        }
        return new LocalReply(new ResponseHead(status, headers), body);
    }

    static LocalReply redirect(int status, String location) {
        return new LocalReply(
                new ResponseHead(status, new Headers().add("location", location).add(CAUSE, "redirect")), "");
    }

    private static LocalReply grpc(int grpcStatus, String message) {
        Headers headers =
                new Headers().add("content-type", "application/grpc").add("grpc-status", Integer.toString(grpcStatus));
        if (!message.isEmpty()) {
            headers.add("grpc-message", percentEncoded(message));
        }
        return new LocalReply(new ResponseHead(200, headers), "");
    }

    private static int status(Cause cause, boolean received) {
        return switch (cause) {
            case NO_ROUTE -> 404;
            case BAD_REQUEST -> 400;
            // Only its head and trailers have a bound.
            case REQUEST_TOO_LARGE -> 431;
            case UPGRADE_REFUSED -> 403;
            case NO_CLUSTER,
                    NO_HEALTHY_UPSTREAM,
                    UNRESOLVED_HOST,
                    OVERFLOW,
                    CONNECTION_REFUSED,
                    CONNECTION_FAILED,
                    CONNECT_TIMEOUT,
                    TLS_FAILED,
                    NO_DESCRIPTORS,
                    APPLICATION_REFUSED,
                    OVERLOADED,
                    UPSTREAM_REFUSED,
                    UPSTREAM_RESET,
                    UPSTREAM_CLOSED,
                    STALE_CONNECTION,
                    DRAIN_BOUND -> 503;
            case UPSTREAM_PROTOCOL_ERROR, UPSTREAM_TOO_LARGE -> 502;
            case REQUEST_TIMEOUT, PER_TRY_TIMEOUT, RESPONSE_HEAD_TIMEOUT -> 504;
            case STREAM_IDLE, MAX_STREAM_DURATION, DEADLINE, REQUEST_RECEIVE_TIMEOUT -> received ? 504 : 408;
            case LOOP -> 508;
            case DOWNSTREAM_RESET, INTERNAL_ERROR -> 500;
        };
    }

    /** Envoy's mapping where the cause says no more. */
    private static int grpcStatus(Cause cause, int status) {
        if (cause == Cause.DEADLINE || cause == Cause.MAX_STREAM_DURATION) {
            return GRPC_DEADLINE_EXCEEDED;
        }
        return ofHttpStatus(status);
    }

    /** Envoy's mapping of an HTTP status to gRPC's (its {@code Grpc::Utility::httpToGrpcStatus}). */
    static int ofHttpStatus(int status) {
        return switch (status) {
            case 400 -> 13;
            case 401 -> 16;
            case 403 -> 7;
            case 404 -> 12;
            case 429, 502, 503, 504 -> 14;
            default -> 2;
        };
    }

    /** Envoy's texts, where it has one. */
    private static String body(ProxyError error, boolean retried) {
        return switch (error.cause()) {
            case NO_ROUTE, NO_CLUSTER, UPGRADE_REFUSED, BAD_REQUEST, REQUEST_TOO_LARGE -> "";
            case NO_HEALTHY_UPSTREAM -> "no healthy upstream";
            case REQUEST_TIMEOUT, PER_TRY_TIMEOUT, RESPONSE_HEAD_TIMEOUT -> "upstream request timeout";
            case STREAM_IDLE -> "stream timeout";
            case MAX_STREAM_DURATION, DEADLINE -> "downstream duration timeout";
            case REQUEST_RECEIVE_TIMEOUT -> "request timeout";
            case OVERFLOW -> beforeHeaders(retried, "overflow");
            case CONNECTION_REFUSED, CONNECTION_FAILED, NO_DESCRIPTORS, APPLICATION_REFUSED ->
                beforeHeaders(retried, "remote connection failure");
            case TLS_FAILED ->
                beforeHeaders(retried, "remote connection failure")
                        + (error.transportFailure().isEmpty()
                                ? ""
                                : ", transport failure reason: TLS_error: " + error.transportFailure());
            case CONNECT_TIMEOUT -> beforeHeaders(retried, "connection timeout");
            case UPSTREAM_REFUSED -> beforeHeaders(retried, "remote refused stream reset");
            case UPSTREAM_RESET -> beforeHeaders(retried, "remote reset");
            case UPSTREAM_CLOSED, STALE_CONNECTION -> beforeHeaders(retried, "connection termination");
            case UPSTREAM_PROTOCOL_ERROR, UPSTREAM_TOO_LARGE -> beforeHeaders(retried, "protocol error");
            case OVERLOADED -> error instanceof ProxyError.Internal ? "overloaded" : beforeHeaders(retried, "overload");
            case UNRESOLVED_HOST, LOOP, DOWNSTREAM_RESET, DRAIN_BOUND, INTERNAL_ERROR -> error.sentence();
        };
    }

    private static String beforeHeaders(boolean retried, String reason) {
        return "upstream connect error or disconnect/reset before headers. "
                + (retried ? "retried and the latest reset reason: " : "reset reason: ")
                + reason;
    }

    /** gRPC over HTTP/2, "Percent-Encoded". */
    private static String percentEncoded(String message) {
        StringBuilder text = new StringBuilder(message.length());
        for (byte b : message.getBytes(StandardCharsets.UTF_8)) {
            if (b >= 0x20 && b <= 0x7E && b != '%') {
                text.append((char) b);
            } else {
                text.append('%')
                        .append(Character.toUpperCase(Character.forDigit(b >> 4 & 0xF, 16)))
                        .append(Character.toUpperCase(Character.forDigit(b & 0xF, 16)));
            }
        }
        return text.toString();
    }
}

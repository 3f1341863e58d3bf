package io.weft.tests.faults.pairing;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a client speaks, what passes between the proxies, what the application speaks; and what each side therefore sees of the other. Framing is
 * each connection's own: all else arrives as it was sent.
 */
public record Pairing(Speaking speaking, Hop hop, Spoken spoken) {
    private static final AtomicInteger IDS = new AtomicInteger();
    private static final Set<String> CONTENT_EXPECTED = Set.of("POST", "PUT");

    /** What a client speaks. */
    public enum Speaking {
        H1,
        H1_CLOSE,
        H1_IN_CONNECT,
        H2,
        H2_IN_CONNECT,
        H1_TLS,
        H2_TLS;

        boolean isHttp1() {
            return switch (this) {
                case H1, H1_CLOSE, H1_IN_CONNECT, H1_TLS -> true;
                case H2, H2_IN_CONNECT, H2_TLS -> false;
            };
        }

        String scheme() {
            return switch (this) {
                case H1, H1_CLOSE, H1_IN_CONNECT, H2, H2_IN_CONNECT -> "http";
                case H1_TLS, H2_TLS -> "https";
            };
        }
    }

    /** What passes between the proxies. */
    public enum Hop {
        AS_IT_CAME,
        UPGRADED
    }

    /** What an application speaks. */
    public enum Spoken {
        H1,
        H1_CLOSE,
        H2,
        H1_TLS,
        H2_TLS;

        boolean isHttp1() {
            return switch (this) {
                case H1, H1_CLOSE, H1_TLS -> true;
                case H2, H2_TLS -> false;
            };
        }
    }

    private boolean isHttp2Throughout() {
        return !speaking.isHttp1() && !spoken.isHttp1();
    }

    /** What the application sees. */
    Received request(Shape shape, String authority) {
        Map<String, String> fields = new TreeMap<>(Map.of(
                "te", "trailers",
                "x-forwarded-client-cert", "(certificate)",
                "x-forwarded-proto", speaking.scheme(),
                "x-id", "(number)",
                "x-request-id", "(id)"));
        switch (shape.request()) {
            case Payload.None() -> {
                // RFC 9110, section 8.6: HTTP/1.1 says that there is none, where one could be.
                boolean said = speaking.isHttp1() || spoken.isHttp1();
                if (said && CONTENT_EXPECTED.contains(shape.method())) {
                    fields.put("content-length", "0");
                }
            }
            case Payload.Sized(long length) -> fields.put("content-length", Long.toString(length));
            case Payload.Streamed _ -> {
                if (spoken.isHttp1()) {
                    fields.put("transfer-encoding", "chunked");
                }
            }
        }
        String start = shape.method() + " " + shape.path() + " " + authority;
        return new Received(
                spoken.isHttp1() ? start : start + " " + speaking.scheme(),
                List.of(),
                fields,
                shape.request().bytes() + " bytes",
                shape.requestTrailers() && hasPlaceForTrailers(shape.request()) ? Shape.TRAILERS_OF_REQUEST : Map.of());
    }

    /** What the client sees. */
    Received response(Shape shape) {
        Map<String, String> fields = new TreeMap<>(Application.fieldsOf(shape));
        fields.put("date", "(date)");
        if (!shape.atOnce()) {
            fields.put("x-envoy-upstream-service-time", "(ms)");
        }
        if (speaking == Speaking.H1_CLOSE) {
            fields.put("connection", "close");
        }
        boolean withoutContent = shape.status() == 204 || shape.status() == 304;
        switch (shape.response()) {
            case Payload.None() -> {
                if (!withoutContent && (spoken.isHttp1() || speaking.isHttp1())) {
                    fields.put("content-length", "0");
                }
            }
            // RFC 9110, section 8.6: in an answer to HEAD and in 304 it is what there would be.
            case Payload.Sized(long length) -> fields.put("content-length", Long.toString(length));
            case Payload.Streamed _ -> {
                if (speaking.isHttp1() && shape.hasResponseBody()) {
                    fields.put("transfer-encoding", "chunked");
                }
            }
        }
        List<String> informational = new ArrayList<>();
        if (shape.expects()) {
            informational.add("100 {}");
        }
        if (shape.informational() != 0) {
            informational.add(shape.informational() + " {link=</style.css>}");
        }
        return new Received(
                Integer.toString(shape.status()),
                informational,
                fields,
                (shape.hasResponseBody() ? shape.response().bytes() : 0) + " bytes",
                shape.responseTrailers() && hasPlaceForTrailers(shape.response())
                        ? Shape.TRAILERS_OF_RESPONSE
                        : Map.of());
    }

    /** In HTTP/1.1 a body with a length has no place behind it; who cares for trailers does not say a length. */
    private boolean hasPlaceForTrailers(Payload payload) {
        return payload instanceof Payload.Streamed || isHttp2Throughout();
    }

    /** Without what hangs on timing and means the same either way. */
    private static Received comparable(Shape shape, Received seen) {
        Received comparable = seen;
        if (shape.request().equals(new Payload.Sized(0))) {
            // An application that reads "no byte" answers before HTTP/2 has said that this was all.
            comparable = comparable.without("x-envoy-upstream-service-time").without("connection");
        }
        if (shape.atOnce()) {
            // Where the request's end is not there when the response begins; as Envoy, HTTP/1.1 then ends the
            // connection.
            comparable = comparable.without("x-envoy-upstream-service-time").without("connection");
        }
        if (shape.request().equals(new Payload.Streamed(0)) && !shape.requestTrailers()) {
            // A proxy that has seen the end of a body of nothing may say so.
            comparable = comparable.without("transfer-encoding").without("content-length");
        }
        return comparable;
    }

    /**
     * One exchange of each shape.
     *
     * @return where one of the sides saw something else than it should
     */
    public List<String> exchange(List<Shape> shapes, Client client, Application application, String authority)
            throws Exception {
        List<String> wrong = new ArrayList<>();
        for (Shape shape : shapes) {
            String id = Integer.toString(IDS.incrementAndGet());
            try {
                Received response = client.exchange(shape, authority, id);
                compare(shape + ": the application", shape, application.seen(id), request(shape, authority), wrong);
                compare(shape + ": the client", shape, response, response(shape), wrong);
            } catch (IOException | ExecutionException e) {
                wrong.add(shape + ": " + e);
            }
        }
        return wrong;
    }

    private static void compare(String what, Shape shape, Received seen, Received expected, List<String> wrong) {
        if (!comparable(shape, seen).equals(comparable(shape, expected))) {
            wrong.add(what + " saw\n" + seen + "\ninstead of\n" + expected);
        }
    }

    @Override
    public String toString() {
        return speaking + " by " + hop + " to " + spoken;
    }
}

package io.weft.tests.faults.pairing;

import java.util.List;
import java.util.Map;

/**
 * What a client sends and an application answers, whatever they speak.
 *
 * @param expects the client waits for 100 before it sends the body
 * @param informational a status that the application sends first; 0: none
 * @param atOnce the application answers when it has the head, and reads the request meanwhile
 */
public record Shape(
        String name,
        String method,
        Payload request,
        boolean requestTrailers,
        boolean expects,
        int informational,
        int status,
        Payload response,
        boolean responseTrailers,
        boolean atOnce) {

    static final Map<String, String> TRAILERS_OF_REQUEST = Map.of("x-sum", "of the request");
    static final Map<String, String> TRAILERS_OF_RESPONSE = Map.of("x-sum", "of the response", "x-more", "1");

    private static final Payload NONE = new Payload.None();
    private static final Payload SIZED = new Payload.Sized(100_000);
    private static final Payload STREAMED = new Payload.Streamed(100_000);

    public static List<Shape> small() {
        return List.of(
                of("get", "GET", NONE, 200, SIZED),
                of("get in chunks", "GET", NONE, 200, STREAMED),
                of("nothing", "GET", NONE, 200, NONE),
                of("a sized body of nothing", "POST", new Payload.Sized(0), 200, new Payload.Sized(0)),
                of("chunks of nothing", "POST", new Payload.Streamed(0), 200, new Payload.Streamed(0)),
                of("head", "HEAD", NONE, 200, SIZED),
                of("head in chunks", "HEAD", NONE, 200, STREAMED),
                of("no content", "DELETE", NONE, 204, NONE),
                of("no content to a body", "PUT", SIZED, 204, NONE),
                of("not modified", "GET", NONE, 304, NONE),
                of("not modified, with the length that it would have", "GET", NONE, 304, SIZED),
                of("post without a body", "POST", NONE, 200, NONE),
                of("sized both ways", "POST", SIZED, 200, SIZED),
                of("chunked both ways", "POST", STREAMED, 200, STREAMED),
                of("one byte", "POST", new Payload.Sized(1), 200, new Payload.Streamed(1)),
                of("an error with a body", "GET", NONE, 500, SIZED),
                of("a method of its own", "PURGE", NONE, 200, SIZED),
                of("options", "OPTIONS", NONE, 200, NONE),
                new Shape("hints", "GET", NONE, false, false, 103, 200, SIZED, false, false),
                new Shape("hints before nothing", "GET", NONE, false, false, 103, 204, NONE, false, false),
                new Shape("continue", "POST", SIZED, false, true, 0, 200, SIZED, false, false),
                new Shape("continue in chunks", "POST", STREAMED, true, true, 0, 200, STREAMED, true, false),
                new Shape("continue, then hints", "PUT", SIZED, false, true, 103, 201, STREAMED, false, false),
                new Shape("trailers both ways", "POST", STREAMED, true, false, 0, 200, STREAMED, true, false),
                new Shape(
                        "trailers behind no byte",
                        "POST",
                        new Payload.Streamed(0),
                        true,
                        false,
                        0,
                        200,
                        new Payload.Streamed(0),
                        true,
                        false),
                new Shape("trailers of the response", "GET", NONE, false, false, 0, 200, STREAMED, true, false),
                new Shape("trailers of the request", "POST", STREAMED, true, false, 0, 200, SIZED, false, false),
                new Shape("trailers behind sized bodies", "POST", SIZED, true, false, 0, 200, SIZED, true, false),
                new Shape("both ways at once", "POST", STREAMED, false, false, 0, 200, STREAMED, false, true));
    }

    private static Shape of(String name, String method, Payload request, int status, Payload response) {
        return new Shape(name, method, request, false, false, 0, status, response, false, false);
    }

    public static List<Shape> large(long bytes) {
        Payload sized = new Payload.Sized(bytes);
        Payload streamed = new Payload.Streamed(bytes);
        return List.of(
                of("a sized request of " + bytes, "POST", sized, 200, NONE),
                of("a chunked request of " + bytes, "POST", streamed, 200, NONE),
                of("a sized response of " + bytes, "GET", NONE, 200, sized),
                of("a chunked response of " + bytes, "GET", NONE, 200, streamed),
                new Shape("both ways at once " + bytes, "POST", sized, false, false, 0, 200, sized, false, true));
    }

    /** Whether bytes of the body follow the response's head. */
    boolean hasResponseBody() {
        return !method.equals("HEAD") && status != 204 && status != 304 && !(response instanceof Payload.None);
    }

    /** The path that a request of it has: an application finds it by that. */
    String path() {
        return "/" + name.replace(' ', '-').replace(",", "");
    }

    @Override
    public String toString() {
        return name;
    }
}

package io.weft.tests.differential;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What the upstreams of one proxy saw since the last request. Used by the upstreams' threads and the test's. */
final class Recorder {
    private static final Duration QUIET_WITHIN = Duration.ofSeconds(3);

    /** Header of a request that only asks whether a connection is kept: it is not recorded. */
    static final String PROBE = "x-probe";

    /** One request as one upstream saw it. */
    final class Seen {
        private final Observation fields = new Observation();
        private boolean ended;

        void body(byte[] bytes, List<Header> trailers, boolean complete) {
            synchronized (Recorder.this) {
                fields.put("body", complete ? Body.show(bytes) : "cut short");
                fields.headers("trailer ", trailers);
            }
        }

        void put(String field, String value) {
            synchronized (Recorder.this) {
                fields.put(field, value);
            }
        }

        /** The upstream is done with it. */
        void end() {
            synchronized (Recorder.this) {
                ended = true;
                Recorder.this.notifyAll();
            }
        }
    }

    private final List<Seen> seen = new ArrayList<>();

    synchronized int count() {
        return seen.size();
    }

    synchronized Seen begin(
            String upstream, String protocol, String method, String path, String authority, List<Header> headers) {
        Seen request = new Seen();
        request.fields.put("name", upstream);
        request.fields.put("protocol", protocol);
        request.fields.put("method", method);
        request.fields.put("path", path);
        request.fields.put("authority", authority);
        request.fields.headers("header ", headers);
        if (headers.stream().noneMatch(header -> header.is(PROBE))) {
            seen.add(request);
        }
        return request;
    }

    /** Adds what was seen, once the upstreams are done with it, and forgets it. */
    synchronized void drainInto(Observation observation) throws InterruptedException {
        long deadline = System.nanoTime() + QUIET_WITHIN.toNanos();
        while (seen.stream().anyMatch(request -> !request.ended) && deadline - System.nanoTime() > 0) {
            wait(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
        }
        observation.put("upstream requests", Integer.toString(seen.size()));
        for (int i = 0; i < seen.size(); i++) {
            Seen request = seen.get(i);
            observation.merge("upstream " + i + " ", request.fields);
            if (!request.ended) {
                observation.put("upstream " + i + " end", "still open after " + QUIET_WITHIN.toSeconds() + " s");
            }
        }
        seen.clear();
    }
}

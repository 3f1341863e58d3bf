package io.weft.proxy.telemetry;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** The last requests of each loop, without their heads, for whoever asks after one. A ring per loop: writing is one ordered store. */
public final class RecentRequests implements RequestObserver {
    private static final int PER_LOOP = 256;

    private final List<Ring> rings = new ArrayList<>();

    private static final class Ring {
        final AtomicReferenceArray<RequestRecord> records = new AtomicReferenceArray<>(PER_LOOP);
        private int next;

        void add(RequestRecord record) {
            records.lazySet(next, record);
            next = (next + 1) % PER_LOOP;
        }
    }

    /**
     * @param loops how many event loops there are
     */
    public RecentRequests(int loops) {
        for (int i = 0; i < loops; i++) {
            rings.add(new Ring());
        }
    }

    @Override
    public void onComplete(int loop, RequestRecord record) {
        rings.get(loop).add(record.summary());
    }

    /**
     * A request as JSON in an array, in the standard format of access logs; more than one where a client used an id again or the request passed this
     * proxy twice.
     *
     * @throws IllegalArgumentException where none of them is known any longer
     */
    public String json(String requestId) {
        List<String> found = new ArrayList<>();
        for (Ring ring : rings) {
            for (int i = 0; i < PER_LOOP; i++) {
                RequestRecord record = ring.records.get(i);
                if (record != null && !requestId.isEmpty() && record.requestId.equals(requestId)) {
                    StringBuilder line = new StringBuilder();
                    new LogFormat.Standard().write(record, line);
                    found.add(line.toString().strip());
                }
            }
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException("no request \"" + requestId + "\" among the last ones");
        }
        return "[" + String.join(",", found) + "]";
    }
}

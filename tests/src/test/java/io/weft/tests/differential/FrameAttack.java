package io.weft.tests.differential;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request of HTTP/2, whose fields HTTP/1.1 behind the proxy could read as something else.
 *
 * @param fields {@code name=value}, in ISO 8859-1, in the order of the wire. {@code :method}, {@code :scheme}, {@code :path} and
 *     {@code :authority} that are not among them come first, unless {@code exact}
 * @param data of one DATA frame; absent: the request ends with its head
 * @param trailers as {@code fields}
 */
record FrameAttack(
        String name,
        List<String> fields,
        boolean exact,
        @Nullable String data,
        @Nullable List<String> trailers,
        String weft,
        @Nullable String envoy,
        @Nullable String why)
        implements Attack {
    private static final List<String> USUAL =
            List.of(":method=GET", ":scheme=http", ":path=/", ":authority=shop.example");

    @Override
    public String verdict(Side side) throws IOException, InterruptedException {
        String outcome;
        String seen;
        try (FrameClient client = new FrameClient(side.port("listener2"))) {
            client.request(1, allFields(), data, trailers);
            FrameClient.Answer answer = client.answer(1);
            client.request(
                    3,
                    List.of(":method=GET", ":scheme=http", ":path=" + PROBE_TARGET, ":authority=probe.example"),
                    null,
                    null);
            FrameClient.Answer next = client.answer(3);
            boolean mixed = next.seen() != null && !next.seen().equals(PROBE_TARGET);
            seen = answer.seen() == null ? "" : answer.seen();
            outcome = Attack.joined(seen.isEmpty() ? answer.outcome() : "", mixed ? "PROBE GOT " + next.seen() : "");
        }
        List<WireUpstream.Arrived> arrived = side.wire().drain();
        List<String> targets = Attack.targets(arrived);
        boolean mixed = !seen.isEmpty() && !targets.equals(List.of(WireMessage.escaped(seen)));
        return Attack.joined(Attack.forwarded(arrived), outcome, mixed ? "ANSWER OF " + seen : "");
    }

    private List<String> allFields() {
        List<String> all = new ArrayList<>();
        if (!exact) {
            USUAL.stream().filter(field -> !overridden(field)).forEach(all::add);
        }
        all.addAll(fields);
        return all;
    }

    private boolean overridden(String field) {
        String start = field.substring(0, field.indexOf('=') + 1);
        return fields.stream().anyMatch(other -> other.startsWith(start));
    }
}

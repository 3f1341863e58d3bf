package io.weft.tests.differential;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of an upstream of HTTP/1.1, in answer to a request. The verdict is what the client got, and whether the connection to the upstream
 * served the next client too.
 *
 * @param request absent: a GET
 * @param answer in ISO 8859-1
 * @param closes the upstream closes behind them
 */
record ResponseAttack(
        String name,
        @Nullable String request,
        String answer,
        boolean closes,
        String weft,
        @Nullable String envoy,
        @Nullable String why)
        implements Attack {
    private static final String GET = "GET /asked HTTP/1.1\r\nHost: shop.example\r\n\r\n";

    @Override
    public String verdict(Side side) throws IOException, InterruptedException {
        side.wire().answerNext(new WireUpstream.Script(Attack.expanded(answer), closes));
        String got;
        try (WireClient client = new WireClient(side.port("listener"))) {
            String sent = request == null ? GET : request;
            client.write(sent);
            got = read(
                    client, sent.startsWith("HEAD ") ? WireMessage.Kind.RESPONSE_TO_HEAD : WireMessage.Kind.RESPONSE);
            // The next request comes over this connection, or another where it has ended or is of no use any more.
            String next = got.startsWith("NO RESPONSE") ? "closed" : probe(client);
            got = Attack.joined(got, next.equals("closed") ? probeAnew(side) : next);
        }
        return Attack.joined(got, "upstream " + fate(side.wire().drain()));
    }

    private static String read(WireClient client, WireMessage.Kind kind) {
        try {
            WireMessage answer = client.read(kind);
            if (answer == null) {
                return client.isSilent() ? "silent" : client.hasUnread() ? "cut" : "closed";
            }
            String status = answer.startLine().substring(9, 12);
            if (status.startsWith("5")) {
                return status;
            }
            String fields = answer.headers().stream()
                    .filter(header ->
                            header.name().startsWith("x-") && !header.name().startsWith("x-envoy-"))
                    .map(header -> "|" + header.name() + ": " + header.value())
                    .collect(Collectors.joining());
            String trailers = answer.trailers().stream()
                    .map(trailer -> "|+" + trailer.name() + ": " + trailer.value())
                    .collect(Collectors.joining());
            String body = answer.body().isEmpty() && trailers.isEmpty() ? "" : "||" + answer.body() + trailers;
            return WireMessage.escaped(status + fields + body);
        } catch (WireMessage.NoMessageException e) {
            return "NO RESPONSE: " + e.getMessage();
        }
    }

    private static String probeAnew(Side side) throws IOException {
        try (WireClient another = new WireClient(side.port("listener"))) {
            return probe(another);
        }
    }

    private static String probe(WireClient client) {
        client.write(PROBE);
        try {
            WireMessage answer = client.read(WireMessage.Kind.RESPONSE);
            if (answer == null) {
                return client.isSilent() ? "PROBE silent" : "closed";
            }
            return PROBE_TARGET.equals(answer.value("x-seen"))
                    ? ""
                    : "PROBE GOT " + WireMessage.escaped(answer.startLine() + " " + answer.body());
        } catch (WireMessage.NoMessageException e) {
            return "PROBE GOT " + e.getMessage();
        }
    }

    private static String fate(List<WireUpstream.Arrived> arrived) {
        if (arrived.size() != 2) {
            return "got " + arrived;
        }
        return arrived.getFirst().connection() == arrived.getLast().connection() ? "kept" : "dropped";
    }
}

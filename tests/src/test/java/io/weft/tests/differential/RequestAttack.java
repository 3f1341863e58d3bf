package io.weft.tests.differential;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a client of HTTP/1.1; the victim's request follows them at once.
 *
 * @param send in ISO 8859-1
 */
record RequestAttack(
        String name,
        String send,
        String weft,
        @Nullable String envoy,
        @Nullable String why) implements Attack {
    @Override
    public String verdict(Side side) throws IOException, InterruptedException {
        List<String> answered = new ArrayList<>();
        String refused = "";
        String end = "";
        try (WireClient client = new WireClient(side.port("listener"))) {
            client.write(Attack.expanded(send) + PROBE);
            WireMessage.Kind kind =
                    send.startsWith("HEAD ") ? WireMessage.Kind.RESPONSE_TO_HEAD : WireMessage.Kind.RESPONSE;
            while (true) {
                WireMessage answer = client.read(kind);
                kind = WireMessage.Kind.RESPONSE;
                if (answer == null) {
                    end = client.isSilent() ? "silent" : refused.isEmpty() ? "closed" : "";
                    break;
                }
                String seen = answer.value("x-seen");
                if (PROBE_TARGET.equals(seen)) {
                    end = refused.isEmpty() ? "" : "kept";
                    break;
                }
                if (seen == null) {
                    refused = Attack.joined(
                            refused, "refused " + answer.startLine().substring(9, 12));
                } else {
                    answered.add(WireMessage.escaped(seen));
                }
            }
        } catch (WireMessage.NoMessageException e) {
            end = "NO RESPONSE: " + e.getMessage();
        }
        List<WireUpstream.Arrived> arrived = side.wire().drain();
        boolean mixed = !answered.equals(Attack.targets(arrived));
        return Attack.joined(Attack.forwarded(arrived), refused, end, mixed ? "ANSWERS OF " + answered : "");
    }
}

package io.weft.proxy.codec.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What must hold for any bytes of a client. */
final class Requests {
    private Requests() {}

    static void check(byte[] bytes) {
        List<String> meant = relayed(bytes, List.of(bytes.length));
        List<String> inPieces = relayed(bytes, pieces(bytes));
        same("in pieces", meant, inPieces, bytes);
    }

    /** Where to cut: at random, but always there for these bytes. */
    static List<Integer> pieces(byte[] bytes) {
        Random random = new Random(Arrays.hashCode(bytes));
        int longest = 1 + random.nextInt(40);
        List<Integer> ends = new ArrayList<>();
        for (int end = 0; end < bytes.length; ends.add(end)) {
            end = Math.min(bytes.length, end + 1 + random.nextInt(longest));
        }
        return ends;
    }

    /** @return all that was understood, and what the client was told */
    private static List<String> relayed(byte[] bytes, List<Integer> ends) {
        List<String> understood;
        try (Relay relay = new Relay(Relay.LIMITS, true)) {
            int from = 0;
            for (int end : ends) {
                relay.feed(bytes, from, end);
                from = end;
            }
            understood = new ArrayList<>(Message.complete(relay.requests()));
            List<String> again = new ArrayList<>();
            List<String> byOthers = new ArrayList<>();
            for (byte[] written : relay.toEndpoints()) {
                again.addAll(readAgain(written));
                byOthers.addAll(Rereading.requests(written));
            }
            same("read again", understood, again, bytes);
            same("read by Netty", understood, byOthers, bytes);
            // Of a head that is too long and malformed both may be said: it depends on what is seen first.
            understood.add("the client is told "
                    + new String(relay.toClient(), ISO_8859_1)
                            .replace("431 Request Header Fields Too Large", "400 Bad Request"));
        }
        return understood;
    }

    private static List<String> readAgain(byte[] written) {
        try (Relay second = new Relay(Relay.WIDE, true)) {
            second.feed(written, 0, written.length);
            if (second.isRefused()) {
                throw new AssertionError("we refuse what we wrote: " + new String(written, ISO_8859_1));
            }
            return Message.complete(second.requests());
        }
    }

    static void same(String how, List<String> expected, List<String> actual, byte[] bytes) {
        if (!expected.equals(actual)) {
            throw new AssertionError(
                    how + " it means " + actual + " and not " + expected + ", of " + new String(bytes, ISO_8859_1));
        }
    }
}

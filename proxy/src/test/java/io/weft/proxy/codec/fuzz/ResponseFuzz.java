package io.weft.proxy.codec.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** All that an endpoint sends in answer to one request. The first byte chooses the request, and whether the endpoint closes at the end. */
public final class ResponseFuzz {
    private static final String[] METHODS = {"GET", "HEAD", "POST", "CONNECT", "UPGRADE"};

    private ResponseFuzz() {}

    /** Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        int choice = input[0] & 0xFF;
        String method = METHODS[choice % METHODS.length];
        boolean closes = choice / METHODS.length % 2 == 1;
        byte[] bytes = Arrays.copyOfRange(input, 1, input.length);
        List<String> meant = relayed(method, bytes, List.of(bytes.length), closes);
        List<String> inPieces = relayed(method, bytes, Requests.pieces(bytes), closes);
        Requests.same("in pieces", meant, inPieces, bytes);
    }

    private static byte[] request(String method) {
        String head = switch (method) {
            case "CONNECT" -> "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n";
            case "UPGRADE" -> "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
            default -> method + " / HTTP/1.1\r\nHost: a\r\n\r\n";
        };
        return head.getBytes(ISO_8859_1);
    }

    private static List<String> relayed(String method, byte[] bytes, List<Integer> ends, boolean closes) {
        try (Relay relay = new Relay(Relay.LIMITS, false)) {
            answer(relay, method, bytes, ends, closes);
            List<String> understood = Message.complete(relay.responses());
            boolean usable = relay.isEndpointUsable();
            if (usable && (understood.isEmpty() || understood.getLast().startsWith("1"))) {
                throw new AssertionError(
                        "a connection without its answer is used again, of " + new String(bytes, ISO_8859_1));
            }
            byte[] written = relay.toClient();
            boolean tunnel = relay.responses().stream().anyMatch(message -> message.isTunnel(method));
            if (!tunnel) {
                Requests.same(
                        "read by Netty",
                        understood,
                        Rereading.responses(method.equals("UPGRADE") ? "GET" : method, written, closes),
                        bytes);
            }
            try (Relay second = new Relay(Relay.WIDE, false)) {
                answer(second, method, written, List.of(written.length), closes);
                Requests.same("read again", understood, Message.complete(second.responses()), bytes);
            }
            List<String> all = new ArrayList<>(understood);
            all.add("usable: " + usable);
            return all;
        }
    }

    private static void answer(Relay relay, String method, byte[] bytes, List<Integer> ends, boolean closes) {
        byte[] request = request(method);
        relay.feed(request, 0, request.length);
        int from = 0;
        for (int end : ends) {
            relay.feedEndpoint(bytes, from, end);
            from = end;
        }
        if (closes) {
            relay.endEndpoint();
        }
    }
}

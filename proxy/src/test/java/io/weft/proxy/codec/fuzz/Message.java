package io.weft.proxy.codec.fuzz;

import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.ResponseHead;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** What a message means, apart from how it was framed: this must be the same wherever it is read. */
final class Message {
    private final String head;
    private final StringBuilder body = new StringBuilder();
    private String trailers = "";
    private boolean complete;

    Message(String head) {
        this.head = head;
    }

    static Message of(RequestHead request) {
        return new Message(
                request.method() + ' ' + request.authority() + ' ' + request.path() + ' ' + fields(request.headers()));
    }

    static Message of(ResponseHead response) {
        return new Message(response.status() + " " + fields(response.headers()));
    }

    /** Fields by name; those of one name in their order. Framing is not meaning, and Expect is a hop's own. */
    static String fields(Headers headers) {
        List<String[]> all = new ArrayList<>();
        for (int i = 0; i < headers.size(); i++) {
            all.add(new String[] {headers.name(i), headers.value(i)});
        }
        return fields(all);
    }

    static String fields(List<String[]> all) {
        TreeMap<String, String> byName = new TreeMap<>();
        for (String[] field : all) {
            switch (field[0]) {
                case "content-length", "transfer-encoding", "connection", "upgrade", "expect", "host" -> {}
                // Ours, where the client of an upgrade gave none.
                case "sec-websocket-key", "sec-websocket-version" -> {}
                default -> byName.merge(field[0], field[1], (first, next) -> first + '\u0001' + next);
            }
        }
        return byName.toString();
    }

    void data(byte[] bytes) {
        body.append(new String(bytes, StandardCharsets.ISO_8859_1));
    }

    void trailers(Headers fields) {
        trailers = fields(fields);
    }

    void trailers(List<String[]> fields) {
        trailers = fields(fields);
    }

    void complete() {
        complete = true;
    }

    boolean isComplete() {
        return complete;
    }

    /** Of responses: what follows is no body. */
    boolean isTunnel(String method) {
        return head.startsWith("101 ") || (method.equals("CONNECT") && head.startsWith("2"));
    }

    @Override
    public String toString() {
        return head + " body=" + body + " trailers=" + (trailers.equals("{}") ? "" : trailers);
    }

    /** Those that arrived whole. */
    static List<String> complete(List<Message> messages) {
        return messages.stream()
                .filter(Message::isComplete)
                .map(Message::toString)
                .toList();
    }
}

package io.weft.tests.faults.soak;

import static io.weft.tests.faults.soak.Act.check;

import io.weft.tests.faults.Reply;
import io.weft.tests.faults.wire.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Clients of HTTP/1.1 that are slow, that leave, or that break the rules, and servers that do: an error must be the right one, and nobody else's. */
final class RoughActs {
    private static final String PROTOCOL = "HTTP/1.1";

    /** What {@code Upstream} sends for {@code /big}. */
    private static final String PATTERN = "0123456789abcdef";

    private static final int HEAD_BYTES = 100_000;

    private final SoakMesh mesh;

    /** What is refused: a status, and then the end. */
    private record Refused(String name, String request, int status) {}

    private static final List<Refused> REFUSED = List.of(
            new Refused("a line without a version", "GET /\r\n\r\n", 400),
            new Refused("no host", "GET / HTTP/1.1\r\n\r\n", 400),
            new Refused("two hosts", get("host: calm\r\nhost: rough\r\n"), 400),
            new Refused("two lengths", get("host: calm\r\ncontent-length: 5\r\ncontent-length: 6\r\n"), 400),
            new Refused(
                    "a length and chunks",
                    get("host: calm\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n"),
                    400),
            new Refused("an unknown coding", get("host: calm\r\ntransfer-encoding: gzip\r\n"), 501),
            new Refused("white space before a colon", get("host: calm\r\nx-a : b\r\n"), 400),
            new Refused("a folded line", get("host: calm\r\nx-a: b\r\n c\r\n"), 400),
            new Refused("NUL in a value", get("host: calm\r\nx-a: b\0c\r\n"), 400),
            new Refused("bare LF", "GET / HTTP/1.1\nhost: calm\n\n", 400),
            new Refused("an unknown version", "GET / HTTP/3.0\r\nhost: calm\r\n\r\n", 505),
            new Refused(
                    "a chunk that ends elsewhere",
                    "POST /ok HTTP/1.1\r\nhost: calm:8080\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
                    400));

    /** What a server does, and what its client gets. */
    private record Failing(String path, int status, String end) {}

    private static final List<Failing> FAILING = List.of(
            new Failing("/close/before-head", 503, ""),
            new Failing("/reset/before-head", 503, ""),
            new Failing("/close/in-head", 503, ""),
            new Failing("/reset/in-head", 503, ""),
            new Failing("/close/in-body", 200, "abc"),
            new Failing("/reset/in-body", 200, "abc"),
            new Failing("/close/in-chunks", 200, "3\r\nabc\r\n"),
            new Failing("/reset/in-chunks", 200, "3\r\nabc\r\n"),
            new Failing("/large/head", 502, ""),
            new Failing("/large/trailers", 200, "3\r\nabc\r\n"));

    RoughActs(SoakMesh mesh) {
        this.mesh = mesh;
    }

    private static String get(String fields) {
        return "GET /ok HTTP/1.1\r\n" + fields + "\r\n";
    }

    /** Slow, half closed, in a row: all of it must be answered. */
    List<Act> honest() {
        return List.of(
                Act.honest(PROTOCOL, "a client that reads slowly", this::readSlowly),
                Act.honest(PROTOCOL, "a client that sends slowly", this::sendSlowly),
                Act.honest(PROTOCOL, "requests in a row", this::pipelined));
    }

    List<Act> provoking() {
        List<Act> acts = new ArrayList<>();
        REFUSED.forEach(refused -> acts.add(Act.provoking(PROTOCOL, refused.name, _ -> refused(refused))));
        FAILING.forEach(
                failing -> acts.add(Act.provoking(PROTOCOL, "a server's " + failing.path, _ -> failing(failing))));
        acts.add(Act.provoking(PROTOCOL, "a head that is too large", this::tooLarge));
        acts.add(Act.provoking(PROTOCOL, "a client that has closed its half", this::halfClosed));
        acts.add(Act.provoking(PROTOCOL, "a server that never answers", this::never));
        acts.add(Act.provoking(PROTOCOL, "an unknown host", this::unknown));
        acts.add(Act.provoking(PROTOCOL, "an answer before the body's end", this::early));
        acts.add(Act.provoking(PROTOCOL, "a client that leaves within its head", this::leaveInHead));
        acts.add(Act.provoking(PROTOCOL, "a client that leaves within its body", this::leaveInBody));
        acts.add(Act.provoking(PROTOCOL, "a client that leaves within the response", this::leaveInResponse));
        return acts;
    }

    private static String request(String method, String service, String path, String fields) {
        return method + " " + path + " HTTP/1.1\r\nhost: " + SoakMesh.authority(service) + "\r\n" + fields + "\r\n";
    }

    private static void same(byte[] read, int offset) throws Act.WrongException {
        for (int i = 0; i < read.length; i++) {
            check(read[i] == PATTERN.charAt((offset + i) % 16), "another byte at " + (offset + i));
        }
    }

    private int readSlowly(SplittableRandom random) throws Exception {
        int bytes = 100_000 + random.nextInt(900_000);
        try (Wire wire = new Wire(mesh.proxy(), 8192)) {
            wire.send(request("GET", SoakMesh.CALM, "/big/" + bytes, ""));
            String head = wire.head();
            check(head.startsWith("HTTP/1.1 200 "), head);
            for (int read = 0; read < bytes; ) {
                byte[] part = wire.read(Math.min(20_000, bytes - read));
                check(part.length > 0, "the connection ended after " + read + " of " + bytes);
                same(part, read);
                read += part.length;
                Thread.sleep(random.nextInt(30));
            }
        }
        return 1;
    }

    private int sendSlowly(SplittableRandom random) throws Exception {
        int bytes = 1 + random.nextInt(60);
        String text = request("POST", SoakMesh.CALM, "/ok", "content-length: " + bytes + "\r\n") + "b".repeat(bytes);
        try (Wire wire = new Wire(mesh.proxy())) {
            for (int sent = 0; sent < text.length(); ) {
                int end = Math.min(text.length(), sent + 1 + random.nextInt(10));
                wire.send(text.substring(sent, end));
                sent = end;
                Thread.sleep(random.nextInt(20));
            }
            answered(wire.reply(), 200);
        }
        return 1;
    }

    /** As with Envoy, whoever ends a connection of HTTP has left; but an answer that is given is whole, or cut. */
    private int halfClosed(SplittableRandom random) throws Exception {
        int bytes = random.nextInt(200_000);
        try (Wire wire = new Wire(mesh.proxy())) {
            wire.send(request("GET", SoakMesh.CALM, "/big/" + bytes, "")).end();
            String head = wire.head();
            if (!head.isEmpty()) {
                check(head.startsWith("HTTP/1.1 200 "), head);
                same(wire.read(bytes), 0);
                String rest = wire.readAll();
                check(rest.isEmpty(), "behind the response: " + rest);
            }
        }
        return 1;
    }

    private int pipelined(SplittableRandom random) throws Exception {
        int count = 2 + random.nextInt(6);
        try (Wire wire = new Wire(mesh.proxy())) {
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < count; i++) {
                requests.append(request("GET", SoakMesh.CALM, "/big/" + (1000 + i), ""));
            }
            wire.send(requests.toString());
            for (int i = 0; i < count; i++) {
                String head = wire.head();
                check(
                        head.startsWith("HTTP/1.1 200 ") && head.contains("content-length: " + (1000 + i) + "\r\n"),
                        head);
                same(wire.read(1000 + i), 0);
            }
        }
        return count;
    }

    private static void answered(Reply reply, int status) throws Act.WrongException {
        check(reply.status() == status, reply + " instead of " + status);
    }

    private int refused(Refused refused) throws Exception {
        try (Wire wire = new Wire(mesh.proxy())) {
            wire.trySend(refused.request.getBytes(StandardCharsets.ISO_8859_1));
            String response = wire.readAll();
            check(response.startsWith("HTTP/1.1 " + refused.status + " "), response);
        }
        return 1;
    }

    private int tooLarge(SplittableRandom random) throws Exception {
        String filler = "x-filler: " + "a".repeat(HEAD_BYTES + random.nextInt(HEAD_BYTES)) + "\r\n";
        try (Wire wire = new Wire(mesh.proxy())) {
            wire.trySend(request("GET", SoakMesh.CALM, "/ok", filler).getBytes(StandardCharsets.ISO_8859_1));
            answered(wire.reply(), 431);
        }
        return 1;
    }

    private int unknown(SplittableRandom random) throws Exception {
        try (Wire wire = new Wire(mesh.proxy())) {
            wire.send(request("GET", "nobody" + random.nextInt(100) + ".invalid", "/", ""));
            Reply reply = wire.reply();
            check(reply.status() == 503 && reply.cause().equals("unresolved_host"), reply.toString());
        }
        return 1;
    }

    private int failing(Failing failing) throws Exception {
        try (Wire wire = new Wire(mesh.proxy())) {
            // POST is not tried again.
            wire.send(request("POST", SoakMesh.ROUGH, failing.path, "content-length: 0\r\nconnection: close\r\n"));
            String response = wire.readAll();
            check(
                    response.startsWith("HTTP/1.1 " + failing.status + " ")
                            && response.replace("RESET", "").endsWith(failing.end),
                    response);
        }
        return 1;
    }

    private int never(SplittableRandom random) throws Exception {
        try (Wire wire = new Wire(mesh.proxy())) {
            String bound = "x-envoy-expected-rq-timeout-ms: " + (50 + random.nextInt(300)) + "\r\n";
            wire.send(request("POST", SoakMesh.ROUGH, "/hang", "content-length: 0\r\n" + bound));
            Reply reply = wire.reply();
            check(reply.status() == 504 && reply.cause().equals("request_timeout"), reply.toString());
        }
        return 1;
    }

    private int early(SplittableRandom random) throws Exception {
        try (Wire wire = new Wire(mesh.proxy())) {
            wire.send(request("POST", SoakMesh.ROUGH, "/early", "content-length: 100000000\r\n") + "0123");
            answered(wire.reply(), 413);
            for (int i = random.nextInt(20); i > 0 && wire.trySend(new byte[16_384]); i--) {
                Thread.sleep(1);
            }
        }
        return 1;
    }

    private int leaveInHead(SplittableRandom random) throws Exception {
        String whole = request("GET", SoakMesh.CALM, "/ok", "x-a: b\r\n");
        leave(new Wire(mesh.proxy()).send(whole.substring(0, random.nextInt(whole.length() - 1))), random);
        return 1;
    }

    private int leaveInBody(SplittableRandom random) throws Exception {
        Wire wire = new Wire(mesh.proxy());
        wire.send(request("POST", SoakMesh.CALM, "/ok", "content-length: 100000\r\n"));
        wire.send(new byte[random.nextInt(99_999)]);
        leave(wire, random);
        return 1;
    }

    private int leaveInResponse(SplittableRandom random) throws Exception {
        Wire wire = new Wire(mesh.proxy(), 8192);
        wire.send(request("GET", SoakMesh.CALM, "/big/5000000", ""));
        same(body(wire, random.nextInt(300_000)), 0);
        leave(wire, random);
        return 1;
    }

    private static byte[] body(Wire wire, int count) throws IOException, Act.WrongException {
        String head = wire.head();
        check(head.startsWith("HTTP/1.1 200 "), head);
        return wire.read(count);
    }

    private static void leave(Wire wire, SplittableRandom random) throws IOException {
        if (random.nextBoolean()) {
            wire.reset();
        } else {
            wire.close();
        }
    }
}

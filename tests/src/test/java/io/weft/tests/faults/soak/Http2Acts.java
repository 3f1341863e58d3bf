package io.weft.tests.faults.soak;

import static io.weft.tests.faults.soak.Act.check;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.weft.tests.faults.pairing.FramedClient;
import io.weft.tests.faults.pairing.Payload;
import io.weft.tests.faults.pairing.Received;
import io.weft.tests.faults.wire.Http2Wire;
import io.weft.tests.faults.wire.Http2Wire.Frame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;

/** Clients of HTTP/2 that are slow, that leave, or that break the rules; each time a neighbour on the same connection must be served. */
final class Http2Acts {
    private static final String PROTOCOL = "HTTP/2";
    private static final int WINDOW_UPDATE = 8;
    private static final int CANCEL = 8;
    private static final int WINDOW = 65_535;
    private static final int FRAME = 16_384;

    /** Of one window: what takes minutes would not end with the run. */
    private static final int UPDATES = 200;

    private final SoakMesh mesh;

    Http2Acts(SoakMesh mesh) {
        this.mesh = mesh;
    }

    List<Act> honest() {
        return List.of(Act.honest(PROTOCOL, "a client that opens its windows slowly", this::windows));
    }

    List<Act> provoking() {
        return List.of(
                Act.provoking(PROTOCOL, "streams that are reset", this::resets),
                Act.provoking(PROTOCOL, "a client that leaves", this::leaves),
                Act.provoking(PROTOCOL, "a frame where none may be", this::forbidden),
                Act.provoking(PROTOCOL, "a head that is too large", this::tooLarge),
                Act.provoking(PROTOCOL, "a name in capitals", this::capitals),
                Act.provoking(PROTOCOL, "a server that leaves", this::serverLeaves));
    }

    private FramedClient client() throws Exception {
        return new FramedClient(mesh.loops(), mesh.proxy(), "http", (_, ready) -> ready.run());
    }

    private static Http2Headers head(String service, String path) {
        return new DefaultHttp2Headers(false)
                .method("GET")
                .scheme("http")
                .authority(SoakMesh.authority(service))
                .path(path);
    }

    private static void get(Http2Wire wire, int stream, int bytes) throws IOException {
        wire.send(
                Http2Wire.HEADERS,
                Http2Wire.END_HEADERS | Http2Wire.END_STREAM,
                stream,
                Http2Wire.head("GET", SoakMesh.authority(SoakMesh.CALM), "/big/" + bytes));
    }

    private static void open(Http2Wire wire, int stream, int bytes) throws IOException {
        wire.send(WINDOW_UPDATE, 0, stream, ByteBuffer.allocate(4).putInt(bytes).array());
    }

    /** Reads a stream to its end, and lets the server go on after each piece. */
    private static void whole(Http2Wire wire, int stream, int bytes, SplittableRandom random) throws Exception {
        int came = 0;
        while (true) {
            Frame frame = wire.next();
            if (frame == null) {
                throw new IOException("the connection ended after " + came + " of " + bytes);
            }
            boolean mine = frame.type() == Http2Wire.RST_STREAM && frame.stream() == stream;
            boolean refused = mine || frame.type() == Http2Wire.GOAWAY;
            check(!refused, "after " + came + " of " + bytes + " came " + frame);
            if (frame.type() != Http2Wire.DATA) {
                continue;
            }
            if (frame.length() > 0) {
                open(wire, 0, frame.length());
            }
            if (frame.stream() == stream) {
                came += frame.length();
                if ((frame.flags() & Http2Wire.END_STREAM) != 0) {
                    check(came == bytes, came + " bytes came of " + bytes);
                    return;
                }
                if (frame.length() > 0) {
                    Thread.sleep(random.nextInt(10));
                    open(wire, stream, frame.length());
                }
            }
        }
    }

    private int windows(SplittableRandom random) throws Exception {
        int window = 1 + random.nextInt(20_000);
        int bytes = Math.min(window * UPDATES, 20_000 + random.nextInt(200_000));
        try (Http2Wire wire = new Http2Wire(mesh.proxy(), window)) {
            get(wire, 1, bytes);
            whole(wire, 1, bytes, random);
        }
        return 1;
    }

    private int resets(SplittableRandom random) throws Exception {
        try (Http2Wire wire = new Http2Wire(mesh.proxy(), WINDOW)) {
            int stream = 1;
            for (int i = random.nextInt(10); i >= 0; i--, stream += 2) {
                get(wire, stream, 500_000);
                Thread.sleep(random.nextInt(5));
                wire.send(
                        Http2Wire.RST_STREAM,
                        0,
                        stream,
                        ByteBuffer.allocate(4).putInt(CANCEL).array());
            }
            get(wire, stream, 50_000);
            whole(wire, stream, 50_000, random);
            return stream / 2 + 1;
        }
    }

    private int leaves(SplittableRandom random) throws Exception {
        Http2Wire wire = new Http2Wire(mesh.proxy(), WINDOW);
        for (int stream = 1; stream < 10; stream += 2) {
            get(wire, stream, 500_000);
        }
        if (random.nextBoolean()) {
            wire.await(Http2Wire.DATA);
        }
        if (random.nextBoolean()) {
            wire.wire().reset();
        } else {
            wire.close();
        }
        return 5;
    }

    /** RFC 9113, section 6.1: DATA belongs to a stream. */
    private int forbidden(SplittableRandom random) throws Exception {
        try (Http2Wire wire = new Http2Wire(mesh.proxy(), WINDOW)) {
            wire.send(Http2Wire.DATA, 0, 0, new byte[1 + random.nextInt(100)]);
            check(wire.await(Http2Wire.GOAWAY) != null, "the connection ended without GOAWAY");
            wire.wire().readAll();
        }
        return 1;
    }

    /** By a client that does not heed the limit of 64 KiB that the proxy tells; from 80 KiB on it would end the connection. */
    private int tooLarge(SplittableRandom random) throws Exception {
        try (Http2Wire wire = new Http2Wire(mesh.proxy(), WINDOW)) {
            int fields = 600 + random.nextInt(100);
            byte[] filler = Http2Wire.block(Collections.nCopies(fields, Map.entry("x-filler", "a".repeat(100))));
            wire.send(
                    Http2Wire.HEADERS,
                    Http2Wire.END_STREAM,
                    1,
                    Http2Wire.head("GET", SoakMesh.authority(SoakMesh.CALM), "/ok"));
            for (int from = 0; from < filler.length; from += FRAME) {
                int to = Math.min(filler.length, from + FRAME);
                wire.send(
                        Http2Wire.CONTINUATION,
                        to == filler.length ? Http2Wire.END_HEADERS : 0,
                        1,
                        Arrays.copyOfRange(filler, from, to));
            }
            Frame answer = wire.await(Http2Wire.HEADERS);
            if (answer == null) {
                throw new IOException("the connection ended without an answer");
            }
            Http2Headers response = new DefaultHttp2HeadersDecoder(false)
                    .decodeHeaders(1, Unpooled.copiedBuffer(answer.payload(), StandardCharsets.ISO_8859_1));
            check("431".contentEquals(String.valueOf(response.status())), response.toString());
            get(wire, 3, 50_000);
            whole(wire, 3, 50_000, random);
        }
        return 1;
    }

    private int capitals(SplittableRandom random) throws Exception {
        Http2Headers head = head(SoakMesh.CALM, "/ok").add("X-Capital" + random.nextInt(10), "b");
        try (FramedClient client = client()) {
            String end;
            try {
                end = client.send(head, new Payload.None(), Map.of()).toString();
            } catch (ExecutionException e) {
                end = String.valueOf(e.getMessage());
            }
            check(end.contains("reset with 1"), end);
            neighbour(client);
        }
        return 1;
    }

    private int serverLeaves(SplittableRandom random) throws Exception {
        try (FramedClient client = client()) {
            Http2Headers rough = head(SoakMesh.ROUGH, random.nextBoolean() ? "/reset/in-body" : "/close/in-chunks")
                    .method("POST");
            String end;
            try {
                end = client.send(rough, new Payload.None(), Map.of()).toString();
            } catch (ExecutionException e) {
                end = String.valueOf(e.getMessage());
            }
            check(end.contains("reset with "), end);
            Received unavailable = client.send(
                    head(SoakMesh.ROUGH, "/reset/before-head").method("POST"), new Payload.None(), Map.of());
            check(unavailable.start().equals("503"), unavailable.toString());
            // A stream that is reset before it has answered.
            Channel stream = client.open(new ChannelInboundHandlerAdapter());
            stream.writeAndFlush(new DefaultHttp2HeadersFrame(head(SoakMesh.CALM, "/hang"), true))
                    .sync();
            stream.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL)).sync();
            neighbour(client);
        }
        return 3;
    }

    private static void neighbour(FramedClient client) throws Exception {
        Received response = client.send(head(SoakMesh.CALM, "/ok"), new Payload.None(), Map.of());
        check(response.start().equals("200") && response.body().startsWith("2 bytes"), "a neighbour got " + response);
    }
}

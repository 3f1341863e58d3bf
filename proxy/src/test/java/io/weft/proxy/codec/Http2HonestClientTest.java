package io.weft.proxy.codec;

import static io.netty.handler.codec.http2.Http2Error.CANCEL;
import static io.netty.handler.codec.http2.Http2Error.REFUSED_STREAM;
import static io.weft.proxy.codec.Frame.END_STREAM;
import static io.weft.proxy.codec.Frame.data;
import static io.weft.proxy.codec.Frame.headers;
import static io.weft.proxy.codec.Frame.ping;
import static io.weft.proxy.codec.Frame.reset;
import static io.weft.proxy.codec.Frame.window;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.proxy.codec.Http2Caller.Call;
import io.weft.proxy.codec.Http2Caller.Heard;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Peers that do much, and only what their work needs: the bounds of floods are not for them. */
class Http2HonestClientTest {
    private static FrameServer server;

    @BeforeAll
    static void start() {
        server = new FrameServer(FrameServer.LIMITS);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** Calls of gRPC, one batch after the other: of each ten one is cancelled, and each batch measures the round trip by a PING. */
    @Test
    void thousandsOfCallsOfWhichATenthIsCancelled() throws IOException {
        int calls = 21_000;
        int batch = 50;
        int answered = 0;
        byte[] call = FieldBlock.request("POST", "/echo", "te=trailers", "content-type=application/grpc");
        try (FramePeer client = server.client()) {
            for (int at = 0; at < calls; at += batch) {
                List<byte[]> frames = new ArrayList<>();
                for (int i = at; i < at + batch; i++) {
                    int stream = 2 * i + 1;
                    frames.add(headers(stream, 0, call));
                    frames.add(data(stream, 0, 5));
                    frames.add(i % 10 == 0 ? reset(stream, CANCEL) : data(stream, END_STREAM, 20));
                }
                frames.add(ping());
                client.send(frames.toArray(byte[][]::new));
                for (int left = batch - batch / 10; left > 0; ) {
                    Frame frame = client.await(Frame.DATA);
                    if (!frame.endsStream()) {
                        continue;
                    }
                    left--;
                    answered++;
                    client.send(window(0, Math.max(1, frame.payload().length)));
                }
            }
        }
        assertThat(answered).isEqualTo(calls - calls / 10);
    }

    /** Small messages to the server: with each four a PING. */
    @Test
    void uploadOfThousandsOfSmallMessages() throws IOException {
        try (FramePeer client = server.client(headers(1, 0, FieldBlock.request("POST", "/echo")))) {
            byte[] messages = Frame.join(Frame.times(4, data(1, 0, 10)), ping());
            int room = 65_535;
            for (int i = 0; i < 11_000; i++) {
                while (room < 100) {
                    Frame update = client.await(Frame.WINDOW_UPDATE);
                    room += update.stream() == 1 ? update.number() : 0;
                }
                client.send(messages);
                room -= 40;
            }
            client.send(data(1, END_STREAM, 0));
            assertThat(client.outcome(1).answers()).containsEntry(1, "200");
        }
    }

    /** Small messages from the server: for each both windows are opened. */
    @Test
    void downloadWhoseWindowsAreOpenedForEachMessage() throws IOException {
        int bytes = 80_000;
        try (FramePeer client = server.client()) {
            client.get(1, "/drip/" + bytes);
            for (int got = 0; got < bytes; ) {
                int length = client.await(Frame.DATA).payload().length;
                got += length;
                client.send(window(1, length), window(0, length));
            }
            client.expectAnswer(3, "/ok");
        }
    }

    /** As gRPC measures the round trip: a PING with the next message, as soon as the last one is answered. */
    @Test
    void downloadWhoseRoundTripIsMeasuredAllTheTime() throws IOException {
        int bytes = 80_000;
        boolean measures = false;
        int unopened = 0;
        try (FramePeer client = server.client()) {
            client.get(1, "/drip/" + bytes);
            for (int got = 0; got < bytes; ) {
                Frame frame = client.next();
                assertThat(frame).isNotNull();
                if (frame.type() == Frame.PING) {
                    measures = false;
                } else if (frame.type() == Frame.DATA) {
                    got += frame.payload().length;
                    unopened += frame.payload().length;
                    if (!measures) {
                        measures = true;
                        client.send(ping());
                    }
                    if (unopened > 15_000) {
                        client.send(window(1, unopened), window(0, unopened));
                        unopened = 0;
                    }
                }
            }
            client.send(window(0, 1_000)).expectAnswer(3, "/ok");
        }
    }

    /** Clients may tell that a request ends behind its last message: many at once. */
    @Test
    void emptyFramesThatEndStreamsAreNoFlood() throws IOException {
        int streams = 100;
        try (FramePeer client = server.client()) {
            for (int round = 0; round < 20; round++) {
                List<byte[]> frames = new ArrayList<>();
                int first = 2 * streams * round + 1;
                for (int stream = first; stream < first + 2 * streams; stream += 2) {
                    frames.add(headers(stream, 0, FieldBlock.request("POST", "/echo")));
                }
                for (int stream = first; stream < first + 2 * streams; stream += 2) {
                    frames.add(data(stream, END_STREAM, 0));
                }
                client.send(frames.toArray(byte[][]::new));
                for (int ended = 0; ended < streams; ) {
                    ended += client.await(Frame.DATA).endsStream() ? 1 : 0;
                }
                // Each has a byte.
                client.send(window(0, streams));
            }
        }
    }

    /** A proxy whose own clients leave cancels all that it had asked for at once. */
    @Test
    void allStreamsAreCancelledAtOnceAgainAndAgain() throws IOException {
        try (FramePeer client = server.client()) {
            int stream = 1;
            for (int round = 0; round < 15; round++) {
                List<byte[]> frames = new ArrayList<>();
                List<byte[]> resets = new ArrayList<>();
                for (int i = 0; i < 100; i++, stream += 2) {
                    frames.add(headers(stream, END_STREAM, FieldBlock.get("/hang")));
                    resets.add(reset(stream, CANCEL));
                }
                client.send(frames.toArray(byte[][]::new)).send(resets.toArray(byte[][]::new));
                client.expectAnswer(stream, "/ok");
                stream += 2;
            }
        }
    }

    /** An endpoint that is overloaded refuses each stream: what the connection carries besides goes on. */
    @Test
    void endpointThatRefusesThousandsOfStreamsKeepsItsConnection() throws IOException {
        try (Http2Caller caller = new Http2Caller();
                Call call = caller.open()) {
            Heard waits = call.get();
            for (int i = 0; i < 3_000; i++) {
                Heard heard = call.get();
                call.peer().send(reset(call.peer().awaitStream(2 * i + 3), REFUSED_STREAM));
                if (i % 50 == 0) {
                    await().untilAsserted(() -> assertThat(heard.events()).containsExactly("reset REFUSED"));
                }
            }
            call.peer().send(headers(1, END_STREAM, FieldBlock.of(":status=200")));
            await().untilAsserted(() -> assertThat(waits.events()).containsExactly("head 200 end"));
        }
    }
}

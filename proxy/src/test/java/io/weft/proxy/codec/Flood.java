package io.weft.proxy.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.handler.codec.http2.Http2Error;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A client that sends what costs it little, as long as it is let.
 *
 * @param name with the CVE, where it has one
 * @param first what comes before
 * @param round the bytes of one round, of many
 * @param rounds after which nobody can have overlooked it
 * @param reads whether it reads what it is answered
 * @param codes of the GOAWAY that it gets
 */
record Flood(
        String name, List<byte[]> first, IntFunction<byte[]> round, int rounds, boolean reads, Set<Http2Error> codes) {
    private static final int FRAMES = 300_000;
    private static final int FRAMES_A_ROUND = 500;
    private static final int LEAST_ANSWERS = 20;
    /** Of one client, beyond what the kernel holds. */
    private static final long MOST_BYTES = 16L * 1024 * 1024;

    private static final int MOST_TURNS = 4;

    /** One frame, again and again. */
    static Flood of(String name, byte[] frame, byte[]... first) {
        byte[] many = Frame.times(FRAMES_A_ROUND, frame);
        return new Flood(
                name,
                List.of(first),
                round -> many,
                FRAMES / FRAMES_A_ROUND,
                true,
                EnumSet.of(Http2Error.ENHANCE_YOUR_CALM));
    }

    /** A new stream each time. */
    static Flood ofStreams(String name, IntFunction<byte[]> stream) {
        int streamsARound = FRAMES_A_ROUND / 10;
        return new Flood(
                name,
                List.of(),
                round -> {
                    byte[][] frames = new byte[streamsARound][];
                    for (int i = 0; i < streamsARound; i++) {
                        frames[i] = stream.apply(2 * (round * streamsARound + i) + 1);
                    }
                    return Frame.join(frames);
                },
                FRAMES / FRAMES_A_ROUND,
                true,
                EnumSet.of(Http2Error.ENHANCE_YOUR_CALM));
    }

    Flood unread() {
        return new Flood(name, first, round, rounds, false, codes);
    }

    /** Where it breaks a rule besides. */
    Flood or(Http2Error code) {
        Set<Http2Error> more = EnumSet.copyOf(codes);
        more.add(code);
        return new Flood(name, first, round, rounds, reads, more);
    }

    /** The attacker is told to stop, or closed, at a bounded cost; a neighbour on the same event loop does not notice. */
    void isStopped(FrameServer server, LoopWatch watch) throws Exception {
        server.forget();
        watch.begin();
        try (FramePeer neighbour = server.client();
                FramePeer attacker = reads ? server.client() : server.deafClient()) {
            attacker.send(first.toArray(byte[][]::new));
            Answers answers = new Answers(attacker);
            Thread reader = reads ? Thread.ofVirtual().start(answers) : null;
            Thread attack = Thread.ofVirtual().start(() -> {
                for (int i = 0; i < rounds && answers.goAway == null && attacker.trySend(round.apply(i)); i++) {}
            });
            int stream = 1;
            while (attack.isAlive() || stream < 2 * LEAST_ANSWERS) {
                neighbour.expectAnswer(stream, "/ok");
                stream += 2;
            }
            await().until(() -> server.connections().size() == 2);
            if (reader != null) {
                reader.join();
                assertThat(answers.goAway).isIn(codes);
            } else {
                ServerConnection attacked = server.connections().get(1);
                await().untilAsserted(() -> assertThat(attacked.channel().isOpen())
                        .as("the attacker's connection is open, after %s", server.refused())
                        .isFalse());
            }
            assertThat(watch.mostWaited()).as("turns").isLessThanOrEqualTo(MOST_TURNS);
            assertThat(watch.mostPending()).as("bytes that wait").isLessThan(MOST_BYTES);
            assertThat(watch.mostDirect()).as("bytes of buffers").isLessThan(MOST_BYTES);
            assertThat(server.refused().size() + server.ends().size())
                    .as("told above")
                    .isPositive();
        }
    }

    @Override
    public String toString() {
        return name;
    }

    private static final class Answers implements Runnable {
        private final FramePeer attacker;
        private volatile @Nullable Http2Error goAway;

        Answers(FramePeer attacker) {
            this.attacker = attacker;
        }

        @Override
        public void run() {
            try {
                for (Frame frame = attacker.next(); frame != null; frame = attacker.next()) {
                    if (frame.type() == Frame.GOAWAY) {
                        goAway = frame.error();
                        return;
                    }
                }
            } catch (IOException e) {
                // Silence, which the connection's state tells of.
            }
        }
    }
}

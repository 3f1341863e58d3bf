package io.weft.proxy.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A rule of RFC 9113: what a client sends, on streams from 1 on, and what becomes of it. A request on a high stream follows, which tells whether the connection
 * lives.
 *
 * @param section of RFC 9113, unless it names another
 */
record Rule(String section, String says, Verdict verdict, Script script) {
    /** The path of a request that must not be heard of. */
    static final String NEVER = "/never";

    private static final int PROBE = 1001;

    /** What a client does after both sides have set up the connection. */
    interface Script {
        void run(FramePeer client) throws IOException;
    }

    /** What becomes of stream 1 and of the connection. */
    sealed interface Verdict {
        /** A connection error (section 5.4.1): a GOAWAY with one of these codes, and a close. */
        record Ends(Set<Http2Error> codes) implements Verdict {}

        /** A stream error (section 5.4.2): stream 1 is reset with one of these codes, and the connection lives. */
        record Resets(Set<Http2Error> codes) implements Verdict {}

        /** Stream 1 is answered so by the codec, and the connection lives. */
        record Answers(String status) implements Verdict {}

        /** Nothing is wrong: what was asked for is answered. */
        record Passes() implements Verdict {}

        /** The RFC leaves it to the receiver, as long as it does nothing else. */
        record OneOf(List<Verdict> verdicts) implements Verdict {}
    }

    static Verdict ends(Http2Error... codes) {
        return new Verdict.Ends(Set.of(codes));
    }

    static Verdict resets(Http2Error... codes) {
        return new Verdict.Resets(Set.of(codes));
    }

    static Verdict answers(int status) {
        return new Verdict.Answers(Integer.toString(status));
    }

    static Verdict passes() {
        return new Verdict.Passes();
    }

    static Verdict oneOf(Verdict... verdicts) {
        return new Verdict.OneOf(List.of(verdicts));
    }

    static Rule rule(String section, String says, Verdict verdict, byte[]... frames) {
        return new Rule(section, says, verdict, client -> client.send(frames));
    }

    /** For what needs answers on its way. */
    static Rule talk(String section, String says, Verdict verdict, Script script) {
        return new Rule(section, says, verdict, script);
    }

    /** Holds the rule against a server on a connection of its own. */
    void hold(FrameServer server) throws IOException {
        server.forget();
        try (FramePeer client = server.client()) {
            script.run(client);
            FramePeer.Outcome outcome = client.get(PROBE, "/ok").outcome(PROBE);
            assertThat(server.requests()).as(toString()).doesNotContain(NEVER);
            assertThat(fault(verdict, outcome))
                    .as(
                            "%s: %s; requests %s, ends %s, refused %s",
                            this, outcome, server.requests(), server.ends(), server.refused())
                    .isNull();
        }
    }

    /** What differs from a verdict; null: nothing. */
    private static @Nullable String fault(Verdict verdict, FramePeer.Outcome outcome) {
        boolean lives = "200".equals(outcome.answers().get(PROBE)) && !outcome.ended() && outcome.goAway() == null;
        Http2Error goAway = outcome.goAway();
        Http2Error reset = outcome.resets().get(1);
        return switch (verdict) {
            case Verdict.Ends(Set<Http2Error> codes) ->
                outcome.ended() && goAway != null && codes.contains(goAway)
                        ? null
                        : "the connection should end with " + codes;
            case Verdict.Resets(Set<Http2Error> codes) ->
                lives && reset != null && codes.contains(reset) ? null : "stream 1 should be reset with " + codes;
            case Verdict.Answers(String status) ->
                lives && reset == null && status.equals(outcome.answers().get(1))
                        ? null
                        : "stream 1 should be answered with " + status;
            case Verdict.Passes() ->
                lives && outcome.resets().isEmpty() ? null : "nothing should be reset, and the connection live";
            case Verdict.OneOf(List<Verdict> verdicts) ->
                verdicts.stream().anyMatch(each -> fault(each, outcome) == null)
                        ? null
                        : "it should be one of " + verdicts;
        };
    }

    @Override
    public String toString() {
        return section + " " + says;
    }
}

package io.weft.tests.differential;

import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One line of a table of attacks: what is sent, and the verdict that each proxy passes on it. */
sealed interface Attack permits RequestAttack, FrameAttack, ResponseAttack {
    String PROBE_TARGET = "/probe";

    /** The victim's request, behind the attack on the same connection: it must be answered with its own answer, or not at all. */
    String PROBE = "GET " + PROBE_TARGET + " HTTP/1.1\r\nHost: probe.example\r\n\r\n";

    Pattern REPEATED = Pattern.compile("\\{\\{(.*?)\\*(\\d+)}}", Pattern.DOTALL);

    String name();

    String weft();

    /** Absent where it is Weft's. */
    @Nullable
    String envoy();

    /** Why the two differ. */
    @Nullable
    String why();

    /** Attacks a proxy, and says what came of it. */
    String verdict(Side side) throws IOException, InterruptedException;

    default String envoyOrSame() {
        String own = envoy();
        return own == null ? weft() : own;
    }

    /** Each difference has a reason, and a reason belongs to a difference. */
    static void check(Attack attack) {
        boolean differs = attack.envoy() != null && !attack.envoy().equals(attack.weft());
        if (differs == (attack.why() == null)) {
            throw new IllegalArgumentException(
                    attack.name() + ": why is said exactly where envoy's verdict differs from weft's");
        }
    }

    /** What reached the upstream, without the probe. */
    static String forwarded(List<WireUpstream.Arrived> arrived) {
        return arrived.stream()
                .map(WireUpstream.Arrived::request)
                .filter(request -> !isProbe(request))
                .collect(Collectors.joining(" ; "));
    }

    static boolean isProbe(String request) {
        return request.startsWith("GET " + PROBE_TARGET + " ");
    }

    /** The targets of requests, in order. */
    static List<String> targets(List<WireUpstream.Arrived> arrived) {
        return arrived.stream()
                .map(WireUpstream.Arrived::request)
                .filter(request -> !isProbe(request) && !request.startsWith("UNFINISHED"))
                .map(request -> request.split(" ", 3)[1])
                .toList();
    }

    /** <code>{{text*count}}</code> stands for the text so many times. */
    static String expanded(String text) {
        return REPEATED.matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(match.group(1).repeat(Integer.parseInt(match.group(2)))));
    }

    /** Parts of a verdict, in order. */
    static String joined(String... parts) {
        return List.of(parts).stream().filter(part -> !part.isEmpty()).collect(Collectors.joining(" ; "));
    }
}

package io.weft.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.proxy.error.Cause;
import io.weft.tests.rest.Metrics;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * What a proxy says of requests that went wrong: its access log, its metrics and its replies must tell the same story.
 *
 * @param failed the lines of its access log that have a flag or a status of 500 and more
 * @param metrics what it counts now
 */
public record Witness(Callable<List<JsonNode>> failed, Callable<Metrics> metrics) {
    private static final String REQUESTS = "weft_requests_total";

    /** Of a request that a proxy answered by itself: the access log has the same, with the cause's flag, or, where the endpoint's proxy was it, its cause. Returns the line. */
    public JsonNode assertTold(Reply reply) {
        assertTold(List.of(reply));
        return lines().getOrDefault(reply.requestId(), List.of()).getLast();
    }

    /** Of each of them. */
    public void assertTold(Collection<Reply> replies) {
        for (Reply reply : replies) {
            assertThat(reply.requestId()).as(reply + ": x-request-id").isNotEmpty();
            assertThat(reply.cause()).as(reply + ": x-weft-cause").matches("[a-z0-9_]+");
        }
        await().atMost(FaultMesh.BOUND).untilAsserted(() -> {
            Map<String, List<JsonNode>> byId = lines();
            List<Reply> untold = replies.stream()
                    .filter(reply -> byId.getOrDefault(reply.requestId(), List.of()).stream()
                            .noneMatch(line -> tells(line, reply)))
                    .toList();
            assertThat(untold)
                    .as(() -> "replies of which no line tells: "
                            + untold.stream()
                                    .map(reply -> byId.get(reply.requestId()))
                                    .toList())
                    .isEmpty();
        });
    }

    private static boolean tells(JsonNode line, Reply reply) {
        String details = line.path("details").asString("");
        return line.path("status").asInt() == reply.status()
                && (flags(line).equals("-")
                        ? details.equals("the endpoint's proxy answered, " + reply.cause())
                        : List.of(flags(line).split(",")).contains(flagOf(reply.cause())) && !details.isEmpty());
    }

    /** Of what clients heard from the proxy itself; an answer that was cut has no more than its line. */
    public void assertTold(Load load) {
        assertTold(load.failures().stream()
                .map(Load.Failure::reply)
                .filter(reply -> reply.status() != 0)
                .toList());
    }

    /** Since it was started it counted as many requests of each status and flags as it logged; none may be under way. */
    public void assertAgree() {
        await().atMost(FaultMesh.BOUND).untilAsserted(() -> {
            Map<String, Long> logged = failed.call().stream()
                    // Of connections there are other metrics.
                    .filter(line -> !line.path("protocol").asString("").equals("TCP")
                            && !flags(line).equals("-"))
                    .collect(counting(line -> line.path("status").asInt() + " " + flags(line)));
            Map<String, Long> counted = new TreeMap<>();
            metrics.call().matching(REQUESTS).stream()
                    .filter(sample ->
                            !sample.labels().getOrDefault("response_flags", "-").equals("-"))
                    .forEach(sample -> counted.merge(
                            sample.labels().get("response_code") + " "
                                    + sample.labels().get("response_flags"),
                            (long) sample.value(),
                            Long::sum));
            if (metrics.call().sum("weft_access_log_dropped_total") == 0) {
                assertThat(counted).as(REQUESTS + " and the access log").isEqualTo(logged);
            } else {
                // Where more was to be logged than there is room for.
                assertThat(counted).as("counted, of what was logged").containsOnlyKeys(logged.keySet());
            }
        });
    }

    private static <T> Collector<T, ?, Map<String, Long>> counting(Function<T, String> key) {
        return Collectors.groupingBy(key, TreeMap::new, Collectors.counting());
    }

    private Map<String, List<JsonNode>> lines() {
        try {
            return failed.call().stream()
                    .collect(
                            Collectors.groupingBy(line -> line.path("requestId").asString("")));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static String flags(JsonNode line) {
        return line.path("flags").asString("");
    }

    private static String flagOf(String cause) {
        String name = cause.startsWith("tls_") ? Cause.TLS_FAILED.wireName() : cause;
        return Stream.of(Cause.values())
                .filter(each -> each.wireName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no cause of errors: " + cause))
                .flag()
                .name();
    }
}

package io.weft.control.telemetry;

import io.weft.api.v1.Answer;
import io.weft.api.v1.Question;
import io.weft.core.identity.SpiffeId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks proxies, over the telemetry streams that they keep open, for what only they know: a configuration dump, their clusters,
 * certificates, the record of one request. The caller's thread waits.
 */
public final class ProxyQuestions {
    private static final int MAX_PENDING = 16;

    private final ConcurrentHashMap<String, Connection> byNode = new ConcurrentHashMap<>();

    /**
     * What the proxy's admin server answers at {@code path}.
     *
     * @param nodeId the proxy's xDS node id
     * @param path an admin path such as {@code /config_dump}
     */
    public Reply askAdmin(String nodeId, String path, Duration timeout) throws InterruptedException {
        return ask(nodeId, Question.newBuilder().setAdminPath(path), timeout);
    }

    /** The record of one request that the proxy still holds. */
    public Reply askRequest(String nodeId, String requestId, Duration timeout) throws InterruptedException {
        return ask(nodeId, Question.newBuilder().setRequestId(requestId), timeout);
    }

    /** The node ids of the proxies that can be asked, sorted. */
    public List<String> reachable() {
        return byNode.keySet().stream().sorted().toList();
    }

    private Reply ask(String nodeId, Question.Builder question, Duration timeout) throws InterruptedException {
        Connection connection = byNode.get(nodeId);
        if (connection == null) {
            return new Reply.Unreachable("proxy " + nodeId + " has no telemetry stream open");
        }
        return connection.ask(question, timeout);
    }

    /**
     * Takes a stream on.
     *
     * @return the connection, or null where another identity's proxy holds the name: a proxy cannot answer for another
     */
    @Nullable
    Connection connect(String nodeId, SpiffeId identity, Consumer<Question> send) {
        Connection created = new Connection(nodeId, identity, send);
        Connection holder = byNode.compute(
                nodeId, (id, present) -> present == null || present.identity.equals(identity) ? created : present);
        return holder == created ? created : null;
    }

    /** What became of a question. */
    public sealed interface Reply {
        /**
         * @param json as the proxy wrote it
         */
        record Json(String json) implements Reply {}

        /** The proxy answered that it cannot. */
        record Refused(String reason) implements Reply {}

        /** There was no answer. */
        record Unreachable(String reason) implements Reply {}
    }

    /** One proxy's stream. Thread-safe. */
    final class Connection {
        private final Map<Long, CompletableFuture<Reply>> pending = new ConcurrentHashMap<>();
        private final AtomicLong lastId = new AtomicLong();
        private final String nodeId;
        private final SpiffeId identity;
        private final Consumer<Question> send;
        private volatile boolean closed;

        private Connection(String nodeId, SpiffeId identity, Consumer<Question> send) {
            this.nodeId = nodeId;
            this.identity = identity;
            this.send = send;
        }

        private Reply ask(Question.Builder question, Duration timeout) throws InterruptedException {
            if (pending.size() >= MAX_PENDING) {
                return new Reply.Unreachable(
                        "proxy " + nodeId + " has " + MAX_PENDING + " questions to answer already; try again");
            }
            long id = lastId.incrementAndGet();
            CompletableFuture<Reply> answer = new CompletableFuture<>();
            pending.put(id, answer);
            try {
                if (closed) {
                    return new Reply.Unreachable("proxy " + nodeId + " closed its telemetry stream");
                }
                send.accept(question.setId(id).build());
                return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                return new Reply.Unreachable(
                        "proxy " + nodeId + " did not answer within " + timeout.toMillis() + " ms");
            } catch (ExecutionException e) {
                throw new IllegalStateException("an answer never completes exceptionally", e);
            } finally {
                pending.remove(id);
            }
        }

        /** An answer to a question that nobody waits for any longer is dropped. */
        void answered(Answer answer) {
            CompletableFuture<Reply> waiting = pending.remove(answer.getId());
            if (waiting != null) {
                waiting.complete(
                        answer.getError().isEmpty()
                                ? new Reply.Json(answer.getJson())
                                : new Reply.Refused(answer.getError()));
            }
        }

        void close() {
            closed = true;
            byNode.remove(nodeId, this);
            pending.values()
                    .forEach(waiting -> waiting.complete(
                            new Reply.Unreachable("proxy " + nodeId + " closed its telemetry stream")));
        }
    }
}

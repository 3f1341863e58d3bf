package io.weft.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Requests to one service through a client's proxy, so many a second, whether answers come or not (open loop). Each has an id ({@code x-id}). It tries
 * nothing again; every request that was not answered as it should be is recorded. Thread-safe.
 */
public final class Load implements AutoCloseable {
    private static final int MAX_IN_FLIGHT = 2000;
    private static final Duration ANSWER_BOUND = Duration.ofSeconds(20);

    private final String name;
    private final InetSocketAddress proxy;
    private final @Nullable Instance client;
    private final double perSecond;
    private final LongFunction<Request> requests;
    private final Function<Answer, String> check;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Deque<HttpConnection> idle = new ConcurrentLinkedDeque<>();
    private final Set<HttpConnection> connections = ConcurrentHashMap.newKeySet();
    private final Semaphore slots = new Semaphore(MAX_IN_FLIGHT);
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong passed = new AtomicLong();
    private final AtomicLong slowestNanos = new AtomicLong();
    private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicLong> byApplication = new ConcurrentHashMap<>();
    private final long beganNanos = System.nanoTime();
    private volatile boolean stopped;

    /**
     * What is asked for.
     *
     * @param uri absolute
     */
    public record Request(String method, String uri, Map<String, String> headers, String body) {
        public Request {
            headers = Map.copyOf(headers);
        }

        public static Request get(String uri) {
            return new Request("GET", uri, Map.of(), "");
        }

        public static Request post(String uri, String body) {
            return new Request("POST", uri, Map.of(), body);
        }

        public Request header(String header, String value) {
            Map<String, String> more = new TreeMap<>(headers);
            more.put(header, value);
            return new Request(method, uri, more, body);
        }

        private byte[] bytes(String id) {
            URI target = URI.create(uri);
            StringBuilder head = new StringBuilder(256);
            head.append(method)
                    .append(' ')
                    .append(uri)
                    .append(" HTTP/1.1\r\nhost: ")
                    .append(target.getRawAuthority());
            headers.forEach((header, value) ->
                    head.append("\r\n").append(header).append(": ").append(value));
            head.append("\r\nx-id: ").append(id);
            byte[] content = body.getBytes(StandardCharsets.UTF_8);
            if (content.length > 0 || method.equals("POST") || method.equals("PUT")) {
                head.append("\r\ncontent-length: ").append(content.length);
            }
            head.append("\r\n\r\n");
            ByteArrayOutputStream out = new ByteArrayOutputStream(head.length() + content.length);
            out.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
            out.writeBytes(content);
            return out.toByteArray();
        }
    }

    /**
     * A response that came.
     *
     * @param at when the request was due, since the load began
     * @param took from when it was due
     */
    public record Answer(String id, Request request, Duration at, Duration took, HttpConnection.Response response) {
        /** Which application's it is; empty: the mesh's own. */
        public String application() {
            return response.header("x-application");
        }

        /** Why the mesh answered by itself. */
        public String cause() {
            return response.header("x-weft-cause");
        }
    }

    /**
     * A request that was not answered as it should be.
     *
     * @param at when it was due, since the load began
     * @param reply what came
     * @param responseBegun whether at least a part of a response had come
     */
    public record Failure(
            String id,
            String method,
            String uri,
            Duration at,
            Duration took,
            Reply reply,
            boolean responseBegun,
            String what) {
        /** 0 where no response came. */
        public int status() {
            return reply.status();
        }

        /** The response's {@code x-weft-cause}. */
        public String cause() {
            return reply.cause();
        }
    }

    /**
     * Begins at once.
     *
     * @param name begins the ids
     * @param requests the request by its number, from 0
     * @param check what is wrong with an answer; empty: nothing
     */
    public Load(
            String name,
            InetSocketAddress proxy,
            double perSecond,
            LongFunction<Request> requests,
            Function<Answer, String> check) {
        this(name, proxy, null, perSecond, requests, check);
    }

    /** Of a program beside a proxy, which is asked what it thinks where answers do not come. */
    public Load(
            String name,
            Instance client,
            double perSecond,
            LongFunction<Request> requests,
            Function<Answer, String> check) {
        this(name, client.outbound(), client, perSecond, requests, check);
    }

    private Load(
            String name,
            InetSocketAddress proxy,
            @Nullable Instance client,
            double perSecond,
            LongFunction<Request> requests,
            Function<Answer, String> check) {
        this.name = name;
        this.proxy = proxy;
        this.client = client;
        this.perSecond = perSecond;
        this.requests = requests;
        this.check = check;
        Thread.ofPlatform().daemon().name("load-" + name).start(this::run);
    }

    /** GET, to be answered with 200. */
    public static Load get(Instance client, double perSecond, String uri) {
        Request request = Request.get(uri);
        return new Load(client.workload(), client, perSecond, number -> request, Load::notOk);
    }

    /** POST, which nobody may try twice; to be answered with 200. */
    public static Load post(Instance client, double perSecond, String uri) {
        Request request = Request.post(uri, "x");
        return new Load(client.workload() + "-post", client, perSecond, number -> request, Load::notOk);
    }

    public static String notOk(Answer answer) {
        return answer.response().status() == 200
                ? ""
                : "status " + answer.response().status();
    }

    private void run() {
        double periodNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
        for (long number = 0; !stopped; number++) {
            long due = beganNanos + (long) (number * periodNanos);
            while (System.nanoTime() < due && !stopped) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            if (stopped) {
                return;
            }
            Request request = requests.apply(number);
            String id = name + "-" + number;
            sent.incrementAndGet();
            if (slots.tryAcquire()) {
                threads.execute(() -> {
                    try {
                        one(id, request, due);
                    } finally {
                        slots.release();
                    }
                });
            } else {
                fail(id, request, due, Reply.NONE, false, MAX_IN_FLIGHT + " requests await their answers");
            }
        }
    }

    private void one(String id, Request request, long due) {
        HttpConnection connection = null;
        try {
            connection = take();
            HttpConnection.Response response =
                    connection.send(request.bytes(id), request.method().equals("HEAD"), ANSWER_BOUND);
            judge(new Answer(id, request, since(beganNanos, due), since(due, System.nanoTime()), response), due);
            if (connection.isOpen()) {
                idle.push(connection);
                return;
            }
        } catch (HttpConnection.FailedException e) {
            fail(id, request, due, Reply.NONE, e.hadResponseBegun(), String.valueOf(e.getMessage()));
        } catch (IOException e) {
            fail(id, request, due, Reply.NONE, false, "connect: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (connection != null) {
            connections.remove(connection);
            connection.close();
        }
    }

    private void judge(Answer answer, long due) {
        slowestNanos.accumulateAndGet(answer.took().toNanos(), Math::max);
        byApplication
                .computeIfAbsent(answer.application(), application -> new AtomicLong())
                .incrementAndGet();
        String wrong = check.apply(answer);
        if (wrong.isEmpty()) {
            passed.incrementAndGet();
        } else {
            fail(answer.id(), answer.request(), due, Reply.of(answer.response()), true, wrong);
        }
    }

    private void fail(String id, Request request, long due, Reply reply, boolean responseBegun, String what) {
        failures.add(new Failure(
                id,
                request.method(),
                request.uri(),
                since(beganNanos, due),
                since(due, System.nanoTime()),
                reply,
                responseBegun,
                what));
    }

    private static Duration since(long begin, long end) {
        return Duration.ofNanos(end - begin);
    }

    private HttpConnection take() throws IOException {
        for (HttpConnection known = idle.poll(); known != null; known = idle.poll()) {
            if (known.isOpen()) {
                return known;
            }
            connections.remove(known);
        }
        HttpConnection made = new HttpConnection(proxy);
        connections.add(made);
        return made;
    }

    public String name() {
        return name;
    }

    /** How long it runs, for comparing with {@link Failure#at}. */
    public Duration elapsed() {
        return since(beganNanos, System.nanoTime());
    }

    public long sent() {
        return sent.get();
    }

    public long passed() {
        return passed.get();
    }

    public Duration slowest() {
        return Duration.ofNanos(slowestNanos.get());
    }

    public List<Failure> failures() {
        return new ArrayList<>(failures);
    }

    /** Answers so far of an application by its name. */
    public long answersOf(String application) {
        AtomicLong count = byApplication.get(application);
        return count == null ? 0 : count.get();
    }

    /** Returns when this many more have passed. */
    public void awaitPassed(long more) {
        long wanted = passed.get() + more;
        await().atMost(FaultMesh.BOUND).until(() -> passed.get() >= wanted);
    }

    /** Returns when each of these applications has answered this many more. */
    public void awaitAnswersOf(long more, Instance... applications) {
        Map<String, Long> wanted = new TreeMap<>();
        for (Instance application : applications) {
            wanted.put(application.workload(), answersOf(application.workload()) + more);
        }
        try {
            await().atMost(FaultMesh.BOUND)
                    .until(() ->
                            wanted.entrySet().stream().allMatch(each -> answersOf(each.getKey()) >= each.getValue()));
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(
                    "answers to " + name + ": wanted " + wanted + ", there are " + byApplication + "; " + passed()
                            + " of " + sent() + " passed\n" + clusters(),
                    e);
        }
    }

    private String clusters() {
        if (client == null) {
            return "";
        }
        try (InputStream clusters = client.admin().resolve("/clusters").toURL().openStream()) {
            return new String(clusters.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    public void assertNoneFailed() {
        assertThat(failures).isEmpty();
    }

    /** What failed, but for requests that had reached an application which was killed, by its journal. */
    public List<Failure> failuresBeside(Instance... killed) {
        List<Failure> left = failures();
        for (Instance each : killed) {
            Set<String> received = each.journal().received();
            left.removeIf(failure -> received.contains(failure.id()));
        }
        return left;
    }

    /** Sends no more, and returns when all that were sent have ended. */
    public void end() throws InterruptedException {
        stopped = true;
        threads.shutdown();
        assertThat(threads.awaitTermination(ANSWER_BOUND.toSeconds() + 5, TimeUnit.SECONDS))
                .as("requests that do not end")
                .isTrue();
        close();
        assertThat(passed.get()).as("requests that passed").isPositive();
    }

    @Override
    public void close() {
        stopped = true;
        threads.shutdownNow();
        connections.forEach(HttpConnection::close);
    }
}

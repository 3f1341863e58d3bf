package io.weft.control.rest;

import io.weft.control.ca.RefusedJoin;
import io.weft.control.config.ConfigStore;
import io.weft.control.ir.ProxyNode;
import io.weft.control.rest.Route.Parameter;
import io.weft.control.status.Fleet;
import io.weft.control.status.ProxyStatus;
import io.weft.control.status.RevisionStatus;
import io.weft.control.telemetry.ProxyQuestions;
import io.weft.control.telemetry.ProxyQuestions.Reply;
import io.weft.core.watch.Watched;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The connected proxies: what each runs and refused, and, asked over their own streams, what only they know. */
public final class ProxyRoutes {
    private static final Duration ANSWER_TIME = Duration.ofSeconds(5);
    private static final int MAX_WAIT_SECONDS = 300;

    private static final String CERTIFICATES_PAGE = "/certs";

    /** The admin pages that may be asked for, by the name that the API gives them: none of them changes anything. */
    private static final Map<String, String> PAGES = new TreeMap<>(Map.of(
            "config",
            "/config_dump",
            "clusters",
            "/clusters",
            "certs",
            CERTIFICATES_PAGE,
            "listeners",
            "/listeners",
            "metrics",
            "/metrics"));

    private final ConfigStore store;
    private final Watched<Fleet> fleet;
    private final Supplier<Set<String>> draining;
    private final ProxyQuestions questions;
    private final Supplier<List<RefusedJoin>> refusedJoins;

    /**
     * @param draining the node ids of proxies whose instances leave
     * @param refusedJoins the recent ones
     */
    public ProxyRoutes(
            ConfigStore store,
            Watched<Fleet> fleet,
            Supplier<Set<String>> draining,
            ProxyQuestions questions,
            Supplier<List<RefusedJoin>> refusedJoins) {
        this.store = store;
        this.fleet = fleet;
        this.draining = draining;
        this.questions = questions;
        this.refusedJoins = refusedJoins;
    }

    List<Route> routes() {
        List<Route> routes = new ArrayList<>(List.of(
                Route.get(
                        "/status",
                        "The proxies, the revision that each runs, and who was refused",
                        MeshStatus.class,
                        this::status),
                Route.get(
                        "/revisions/{number}/status",
                        "Which proxies run a revision, which do not yet, and which refused it and why",
                        RevisionView.class,
                        this::revisionStatus,
                        Parameter.integer(
                                "waitSeconds",
                                "how long to wait for the proxies to run it, 0 to " + MAX_WAIT_SECONDS
                                        + "; default 0")),
                Route.get("/proxies/{id}", "One proxy", ProxyView.class, this::proxy),
                Route.get(
                        "/certs",
                        "The certificates that the proxies hold",
                        CertificateList.class,
                        this::certificates)));
        PAGES.forEach((name, path) -> routes.add(Route.get(
                "/proxies/{id}/" + name,
                "What the proxy's admin server answers at " + path,
                Object.class,
                request -> ask(request.path("id"), path))));
        routes.add(Route.get(
                "/proxies/{id}/requests/{request}",
                "The record of a request that the proxy still holds",
                Object.class,
                request -> answer(questions.askRequest(request.path("id"), request.path("request"), ANSWER_TIME))));
        return routes;
    }

    private ApiResponse status(ApiRequest request) {
        Fleet now = fleet.get();
        return ApiResponse.ok(new MeshStatus(
                store.head().get().revision(), views(now.connected()), now.absent(), refusedJoins.get()));
    }

    private List<ProxyView> views(List<ProxyStatus> shown) {
        Set<String> leaving = draining.get();
        return shown.stream().map(proxy -> ProxyView.of(proxy, leaving)).toList();
    }

    private ApiResponse proxy(ApiRequest request) throws ProblemException {
        String id = request.path("id");
        return ApiResponse.ok(fleet.get().connected().stream()
                .filter(proxy -> proxy.node().id().equals(id))
                .findFirst()
                .map(proxy -> ProxyView.of(proxy, draining.get()))
                .orElseThrow(
                        () -> new ProblemException(Problem.Kind.NOT_FOUND, "no proxy \"" + id + "\" is connected")));
    }

    private ApiResponse revisionStatus(ApiRequest request) throws ProblemException, InterruptedException {
        long number = request.pathNumber("number");
        int waitSeconds = request.integer("waitSeconds", 0, 0, MAX_WAIT_SECONDS);
        long head = store.head().get().revision();
        if (number > head) {
            throw new ProblemException(
                    Problem.Kind.NOT_FOUND, "there is no revision " + number + ": the head is " + head);
        }
        RevisionStatus status = await(number, Duration.ofSeconds(waitSeconds));
        return ApiResponse.ok(new RevisionView(
                number,
                status.isComplete(),
                status.current(),
                views(status.behind()),
                fleet.get().absent()));
    }

    /** Ends early where a proxy refused it: that one will not come round by itself. */
    private RevisionStatus await(long number, Duration bound) throws InterruptedException {
        long deadline = System.nanoTime() + bound.toNanos();
        Semaphore changed = new Semaphore(0);
        try (var _ = fleet.watch(Runnable::run, now -> changed.release())) {
            while (true) {
                RevisionStatus status = RevisionStatus.of(number, fleet.get());
                if (status.isDecided() || !changed.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    return status;
                }
                changed.drainPermits();
            }
        }
    }

    private ApiResponse ask(String id, String path) throws ProblemException, InterruptedException {
        return answer(questions.askAdmin(id, path, ANSWER_TIME));
    }

    private static ApiResponse answer(Reply reply) throws ProblemException {
        return switch (reply) {
            case Reply.Json(String json) -> ApiResponse.ok(read(json));
            case Reply.Refused(String reason) ->
                throw new ProblemException(Problem.Kind.UPSTREAM, "the proxy answered: " + reason);
            case Reply.Unreachable(String reason) -> throw new ProblemException(Problem.Kind.UNAVAILABLE, reason);
        };
    }

    /** Parsed, so that what a proxy says reaches nobody as anything but data. A page of plain text becomes a string. */
    private static JsonNode read(String body) {
        try {
            return Json.MAPPER.readTree(body);
        } catch (JacksonException e) {
            return Json.MAPPER.getNodeFactory().stringNode(body);
        }
    }

    private ApiResponse certificates(ApiRequest request) throws InterruptedException {
        List<String> ids = questions.reachable();
        List<Callable<ProxyCertificates>> asking = new ArrayList<>();
        ids.forEach(id -> asking.add(() -> certificatesOf(id)));
        List<ProxyCertificates> answers = new ArrayList<>();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<ProxyCertificates> answer : executor.invokeAll(asking)) {
                answers.add(answer.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("asking a proxy never fails, it answers why", e);
        }
        return ApiResponse.ok(new CertificateList(answers));
    }

    private ProxyCertificates certificatesOf(String id) throws InterruptedException {
        return switch (questions.askAdmin(id, CERTIFICATES_PAGE, ANSWER_TIME)) {
            case Reply.Json(String json) -> new ProxyCertificates(id, Optional.of(read(json)), "");
            case Reply.Refused(String reason) -> new ProxyCertificates(id, Optional.empty(), reason);
            case Reply.Unreachable(String reason) -> new ProxyCertificates(id, Optional.empty(), reason);
        };
    }

    /**
     * @param revision the head of the configuration
     * @param absent node ids of proxies that were there before the control plane started and have not come back
     * @param refusedJoins who wanted to be part of the mesh and was refused, of the last day, most recent first
     */
    record MeshStatus(long revision, List<ProxyView> proxies, List<String> absent, List<RefusedJoin> refusedJoins) {}

    /**
     * @param state synced, pending or rejected
     * @param revision the newest of which it runs all that concerns it
     * @param waitingFor the newest that was translated
     * @param rejections what it refused, and goes on without
     * @param draining whether its instances leave
     */
    record ProxyView(
            String id,
            String client,
            String version,
            String namespace,
            String workload,
            String serviceAccount,
            String state,
            long revision,
            long waitingFor,
            List<ProxyStatus.Rejection> rejections,
            boolean draining) {
        static ProxyView of(ProxyStatus status, Set<String> leaving) {
            ProxyNode node = status.node();
            return new ProxyView(
                    node.id(),
                    node.client().name().toLowerCase(Locale.ROOT),
                    node.version(),
                    node.namespace(),
                    node.workload(),
                    node.serviceAccount(),
                    status.state().name().toLowerCase(Locale.ROOT),
                    status.revision(),
                    status.waitingFor(),
                    status.rejections(),
                    leaving.contains(node.id()));
        }
    }

    /**
     * @param complete whether every connected proxy runs it, and none is awaited
     * @param current how many do
     * @param behind those that do not: with rejections where they refused it
     * @param absent node ids of proxies that were there before the control plane started and have not come back; they are awaited for a while
     */
    record RevisionView(long revision, boolean complete, int current, List<ProxyView> behind, List<String> absent) {}

    record CertificateList(List<ProxyCertificates> proxies) {}

    /**
     * @param certs what the proxy's admin server answers at /certs; absent where it did not
     * @param error why it did not; else empty
     */
    record ProxyCertificates(String proxy, Optional<JsonNode> certs, String error) {}
}

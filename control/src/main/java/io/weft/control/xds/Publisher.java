package io.weft.control.xds;

import io.weft.api.v1.Revision;
import io.weft.control.config.Snapshot;
import io.weft.control.registry.Registry;
import io.weft.control.status.ProxyStatus;
import io.weft.control.status.ProxyStatus.Rejection;
import io.weft.control.translate.Derivation;
import io.weft.control.translate.Facts;
import io.weft.control.translate.PresentFacts;
import io.weft.core.identity.TrustDomain;
import io.weft.core.lifecycle.Component;
import io.weft.core.time.Scheduler;
import io.weft.core.watch.Watched;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Translates each change and brings it to all proxies in three phases: what others will refer to; what refers to it; removals. A phase
 * begins when every proxy has acknowledged the one before, or after 5 s; a proxy that let a phase pass is not waited for again until it has
 * caught up. What changes during a push is pushed after it, in its latest form.
 *
 * <p>All state but a counter is confined to one thread.
 */
public final class Publisher implements Component, AdsSession.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);
    private static final Duration PHASE_BOUND = Duration.ofSeconds(5);
    private static final List<Step> STEPS = List.of(Step.values());

    private final PresentFacts inputs;
    private final Watched<Snapshot> configuration;
    private final Registry registry;
    private final Scheduler scheduler;
    private final Duration phaseBound;
    private final ExecutorService executor = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("xds-publisher").factory());
    private final Watched<List<ProxyStatus>> proxies = new Watched<>(List.of());
    private final List<Watched.Subscription> subscriptions = new ArrayList<>();

    private final LongAdder resourcesSent = new LongAdder();

    private final Derivation derivation = new Derivation();
    private final Map<AdsSession, Seat> seats = new LinkedHashMap<>();
    private boolean translated;
    private @Nullable Push push;
    private boolean dirty;
    private long targets;

    public Publisher(TrustDomain trustDomain, Watched<Snapshot> configuration, Registry registry, Scheduler scheduler) {
        this(trustDomain, configuration, registry, scheduler, PHASE_BOUND);
    }

    Publisher(
            TrustDomain trustDomain,
            Watched<Snapshot> configuration,
            Registry registry,
            Scheduler scheduler,
            Duration phaseBound) {
        this.phaseBound = phaseBound;
        this.inputs = new PresentFacts(trustDomain, configuration::get, registry.snapshot()::get);
        this.configuration = configuration;
        this.registry = registry;
        this.scheduler = scheduler;
    }

    @Override
    public String name() {
        return "xds publisher";
    }

    @Override
    public void start() {
        subscriptions.add(configuration.watch(this::execute, snapshot -> changed()));
        subscriptions.add(registry.snapshot().watch(this::execute, snapshot -> changed()));
    }

    @Override
    public void stop() {
        subscriptions.forEach(Watched.Subscription::close);
        executor.shutdownNow();
    }

    /** What is translated now, for those who ask how things stand. */
    public PresentFacts inputs() {
        return inputs;
    }

    /** How the connected proxies stand. */
    public Watched<List<ProxyStatus>> proxies() {
        return proxies;
    }

    /** Resources sent to all proxies since the start; what they hold already is not sent again. */
    public long resourcesSent() {
        return resourcesSent.sum();
    }

    @Override
    public void sent(int resources) {
        resourcesSent.add(resources);
    }

    void join(AdsSession session) {
        execute(() -> {
            if (session.isClosed()) {
                // Its end was told already, or will be.
                return;
            }
            if (!translated) {
                translate();
            }
            Seat seat = new Seat(derivation.get(new ResourceCache.Of(session.node())));
            // A push that is under way has nothing for a proxy that begins with its outcome.
            seat.previous = seat.desired;
            seats.put(session, seat);
            if (holdsEndpoints(session)) {
                registry.withdrawals().joined(session.node().id());
            }
            seat.aimedVersion = derivation.facts().registry().version();
            aim(session, seat, seat.desired, Revision.Phase.REMOVE);
            tellStatus();
        });
    }

    @Override
    public void closed(AdsSession session, boolean inOrder) {
        execute(() -> {
            Seat seat = seats.remove(session);
            if (seat != null && holdsEndpoints(session)) {
                registry.withdrawals().gone(session.node().id(), inOrder);
            }
            if (push != null && push.pending.remove(session)) {
                advance(push);
            }
            tellStatus();
        });
    }

    @Override
    public void settled(AdsSession session, Target target, List<Rejection> rejections) {
        execute(() -> {
            Seat seat = seats.get(session);
            if (seat == null || seat.target == null || seat.target.id() != target.id()) {
                return;
            }
            seat.settled = true;
            seat.lagging = false;
            seat.rejections = rejections;
            tellWithdrawals(session, seat);
            if (rejections.isEmpty() && seat.desired.equals(target.resources())) {
                seat.running = Math.max(seat.running, seat.desiredRevision);
            }
            if (push != null && push.pending.remove(session)) {
                advance(push);
            }
            tellStatus();
        });
    }

    private static boolean holdsEndpoints(AdsSession session) {
        return session.node().outboundPort() != 0;
    }

    /** What it has settled on holds no instance that was withdrawn by then, unless it goes on with older endpoints. */
    private void tellWithdrawals(AdsSession session, Seat seat) {
        boolean older =
                seat.rejections.stream().anyMatch(rejection -> rejection.type().equals(XdsType.ENDPOINTS.typeUrl()));
        if (seat.settled && !older) {
            registry.withdrawals().acknowledged(session.node().id(), seat.aimedVersion);
        }
    }

    private void changed() {
        dirty = true;
        if (push == null) {
            begin();
        }
    }

    private void translate() {
        derivation.update(inputs.get());
        translated = true;
    }

    private void begin() {
        dirty = false;
        translate();
        Facts facts = derivation.facts();
        Push begun = new Push(facts.registry().version());
        seats.forEach((session, seat) -> {
            seat.previous = seat.target == null ? ResourceSet.EMPTY : seat.target.resources();
            seat.desired = derivation.get(new ResourceCache.Of(session.node()));
            seat.desiredRevision = facts.revision();
        });
        derivation.forgetUnused();
        push = begun;
        advance(begun);
    }

    /** Goes through the phases as long as there is nobody to wait for. */
    private void advance(Push current) {
        while (current.pending.isEmpty()) {
            current.cancelTimeout();
            if (current.entered == STEPS.size()) {
                push = null;
                tellStatus();
                if (dirty) {
                    begin();
                }
                return;
            }
            enter(current, STEPS.get(current.entered));
            current.entered++;
        }
    }

    private void enter(Push current, Step step) {
        seats.forEach((session, seat) -> {
            ResourceSet goal = goal(seat, step);
            if (step != Step.CLUSTERS) {
                seat.aimedVersion = current.registryVersion;
            }
            if (seat.target == null || !seat.target.resources().equals(goal)) {
                aim(session, seat, goal, step.phase);
                if (!seat.lagging) {
                    current.pending.add(session);
                }
                return;
            }
            tellWithdrawals(session, seat);
            if (seat.settled && goal.equals(seat.desired) && seat.rejections.isEmpty()) {
                seat.running = seat.desiredRevision;
            }
        });
        if (!current.pending.isEmpty()) {
            current.timeout = scheduler.schedule(phaseBound, () -> execute(() -> giveUp(current)));
        }
    }

    private static ResourceSet goal(Seat seat, Step step) {
        return switch (step) {
            case CLUSTERS ->
                seat.previous.with(
                        seat.desired,
                        resource -> resource.comesFirst()
                                && !(resource.name().type() == XdsType.ENDPOINTS
                                        && seat.previous.resources().containsKey(resource.name())));
            case ENDPOINTS -> seat.previous.with(seat.desired, XdsResource::comesFirst);
            case SWITCH -> seat.previous.with(seat.desired, resource -> true);
            case REMOVE -> seat.desired;
        };
    }

    private void aim(AdsSession session, Seat seat, ResourceSet goal, Revision.Phase phase) {
        targets++;
        Target target = new Target(targets, derivation.facts().revision(), phase, goal);
        seat.target = target;
        seat.settled = false;
        seat.desiredRevision = derivation.facts().revision();
        session.aim(target);
    }

    private void giveUp(Push current) {
        if (push != current) {
            return;
        }
        for (AdsSession session : current.pending) {
            LOG.warn("proxy {} did not acknowledge within {} s", session.node().id(), phaseBound.toSeconds());
            Seat seat = seats.get(session);
            if (seat != null) {
                seat.lagging = true;
            }
        }
        current.pending.clear();
        advance(current);
    }

    private void tellStatus() {
        long revision = derivation.facts().revision();
        proxies.set(seats.entrySet().stream()
                .map(entry -> new ProxyStatus(
                        entry.getKey().node(), entry.getValue().running, revision, entry.getValue().rejections))
                .toList());
    }

    private void execute(Runnable task) {
        try {
            executor.execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException e) {
                    LOG.error("the publisher failed at a task; proxies keep what they have", e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("the publisher is stopped");
        }
    }

    /** One connected proxy. */
    private static final class Seat {
        private ResourceSet previous = ResourceSet.EMPTY;
        private ResourceSet desired;
        private long desiredRevision;
        private @Nullable Target target;
        private boolean settled;
        /** Of the registry: the endpoints of the target were made from it. */
        private long aimedVersion;

        private boolean lagging;
        private long running;
        private List<Rejection> rejections = List.of();

        Seat(ResourceSet desired) {
            this.desired = desired;
        }
    }

    /** The phases, finer: a step that changes nothing takes no time. */
    private enum Step {
        /** Before the endpoints that are there already change: proxies use those at once, and must know whom to expect there. */
        CLUSTERS(Revision.Phase.PREPARE),
        ENDPOINTS(Revision.Phase.PREPARE),
        SWITCH(Revision.Phase.SWITCH),
        REMOVE(Revision.Phase.REMOVE);

        private final Revision.Phase phase;

        Step(Revision.Phase phase) {
            this.phase = phase;
        }
    }

    /** One change on its way. */
    private static final class Push {
        private final long registryVersion;
        private final Set<AdsSession> pending = new HashSet<>();
        private Scheduler.@Nullable Cancellable timeout;
        /** How many steps were entered. */
        private int entered;

        Push(long registryVersion) {
            this.registryVersion = registryVersion;
        }

        void cancelTimeout() {
            if (timeout != null) {
                timeout.cancel();
                timeout = null;
            }
        }
    }
}

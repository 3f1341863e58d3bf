package io.weft.control.xds;

import io.weft.api.v1.Revision;
import io.weft.control.config.PushedRevision;
import io.weft.control.config.Snapshot;
import io.weft.control.registry.Registry;
import io.weft.control.status.Fleet;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
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
 * caught up, and goes through the phases by itself. One whose stream broke is waited for as long: it may be back in a moment. What changes during
 * a push is pushed after it, in its latest form.
 *
 * <p>A proxy that refuses something of a phase keeps what it had before that phase, all of it; only instances still come and go. A push
 * that a restart cut off is begun again from the configuration before it, or goes on where some may have switched already: none goes back. Each
 * change of the first 15 s after a restart waits, as long, for the proxies that were connected before.
 *
 * <p>All state but a counter is confined to one thread.
 */
public final class Publisher implements Component, AdsSession.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);
    private static final Duration PHASE_BOUND = Duration.ofSeconds(5);
    /** How long those are awaited who were connected before: as long as they may pause between two tries, and more. */
    private static final Duration RETURN_BOUND = Duration.ofSeconds(15);
    /** Beside a lease, which may pass before they are told anything. */
    private static final Duration AFTER_LEASE = Duration.ofSeconds(5);
    /** How long it is told who did not come back. */
    private static final Duration ABSENCE_TOLD = Duration.ofHours(1);

    private static final Duration REMEMBER_DELAY = Duration.ofMillis(100);
    /** After which a proxy is asked again that could not publish: what kept it from that is on its host. */
    private static final Duration RETRY = Duration.ofSeconds(2);

    private final PresentFacts inputs;
    private final Watched<Snapshot> configuration;
    private final Registry registry;
    private final Scheduler scheduler;
    private final Duration phaseBound;
    private final Duration returnBound;
    private final ExecutorService executor = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("xds-publisher").factory());
    private final Watched<Fleet> fleet = new Watched<>(Fleet.EMPTY);
    private final List<Watched.Subscription> subscriptions = new ArrayList<>();

    private final LongAdder resourcesSent = new LongAdder();

    private final Derivation derivation = new Derivation();
    /** Of the push that began last. */
    private Transition transition = new Transition(true);

    private final Map<AdsSession, Seat> seats = new LinkedHashMap<>();
    private Optional<Snapshot> resumed = Optional.empty();
    /** What an earlier process had begun to switch proxies to. */
    private Optional<Snapshot> switched = Optional.empty();

    private Set<String> known = Set.of();
    /** Nodes that are known from before the start and have not come back. */
    private final Set<String> absent = new TreeSet<>();

    private boolean absentAwaited;
    /** Whether a change waits for those who are absent: they shall take it step by step with the others. */
    private boolean holdsForAbsent;

    private Memory memory = (revision, switching, proxies) -> {};
    private boolean remembers;
    /** Nodes whose streams broke since the last push: they have what they had. */
    private final Set<String> returning = new HashSet<>();
    /** Nodes whose streams broke a moment ago, and the end of that moment. */
    private final Map<String, Scheduler.Cancellable> broken = new HashMap<>();

    private long pushedRevision;
    private boolean translated;
    private @Nullable Push push;
    private boolean dirty;
    private long targets;

    public Publisher(TrustDomain trustDomain, Watched<Snapshot> configuration, Registry registry, Scheduler scheduler) {
        this(trustDomain, configuration, registry, scheduler, PHASE_BOUND, RETURN_BOUND);
    }

    Publisher(
            TrustDomain trustDomain,
            Watched<Snapshot> configuration,
            Registry registry,
            Scheduler scheduler,
            Duration phaseBound,
            Duration returnBound) {
        this.phaseBound = phaseBound;
        this.returnBound = returnBound;
        this.inputs = new PresentFacts(trustDomain, configuration::get, registry.snapshot()::get);
        this.configuration = configuration;
        this.registry = registry;
        this.scheduler = scheduler;
    }

    /** Is told what was brought to all proxies, what they are about to switch to, and which there are; on the publisher's thread. */
    @FunctionalInterface
    public interface Memory {
        /** @param switching {@link PushedRevision#NONE}: they have or get what was brought to all */
        void pushed(long revision, long switching, Set<String> proxies);
    }

    /**
     * Before the start: what an earlier process had brought to all proxies.
     *
     * @param had the configuration; empty: the present one
     * @param begun the configuration that some proxies may have switched to since
     * @param knownProxies the node ids of those that were connected
     * @param newMemory for the process after this one
     */
    public void resume(Optional<Snapshot> had, Optional<Snapshot> begun, Set<String> knownProxies, Memory newMemory) {
        resumed = had;
        switched = begun;
        known = Set.copyOf(knownProxies);
        memory = newMemory;
    }

    private void rememberSoon() {
        if (!remembers) {
            remembers = true;
            scheduler.schedule(REMEMBER_DELAY, () -> execute(this::remember));
        }
    }

    private void remember() {
        remembers = false;
        Set<String> all = new HashSet<>(returning);
        seats.keySet().forEach(session -> all.add(session.node().id()));
        if (push != null) {
            all.addAll(push.awaited());
        }
        memory.pushed(pushedRevision, switching(), all);
    }

    private long switching() {
        long revision = derivation.facts().revision();
        boolean begun = push != null && push.entered() > Step.SWITCH.index() && revision != pushedRevision;
        return begun ? revision : PushedRevision.NONE;
    }

    @Override
    public String name() {
        return "xds publisher";
    }

    @Override
    public void start() {
        absent.addAll(known);
        registry.snapshot().get().instances().keySet().forEach(key -> absent.add(key.nodeId()));
        if (!absent.isEmpty()) {
            absentAwaited = true;
            Duration leased = registry.lease().plus(AFTER_LEASE);
            Duration bound = leased.compareTo(returnBound) > 0 ? leased : returnBound;
            scheduler.schedule(bound, () -> execute(this::stopAwaitingAbsent));
            holdsForAbsent = true;
            scheduler.schedule(returnBound, () -> execute(this::stopHoldingForAbsent));
            scheduler.schedule(ABSENCE_TOLD, () -> execute(this::forgetAbsent));
        }
        fleet.set(new Fleet(List.of(), List.copyOf(absent), absentAwaited));
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

    /** How the proxies stand. */
    public Watched<Fleet> fleet() {
        return fleet;
    }

    private void stopAwaitingAbsent() {
        absentAwaited = false;
        if (!absent.isEmpty()) {
            LOG.warn("these proxies have not come back since this control plane started: {}", absent);
        }
        tellStatus();
    }

    private void forgetAbsent() {
        absent.clear();
        tellStatus();
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
            Seat seat = new Seat(session, derivation.get(new ResourceCache.Of(session.node())));
            seats.put(session, seat);
            returning.remove(session.node().id());
            absent.remove(session.node().id());
            isBack(session.node().id());
            rememberSoon();
            if (holdsEndpoints(session)) {
                registry.withdrawals().joined(session.node().id());
            }
            Push current = push;
            if (current == null) {
                seat.join(derivation.facts().revision());
                seat.setEndpointsFrom(derivation.facts().registry().version());
                aim(seat, seat.desired(), Revision.Phase.REMOVE);
            } else {
                Step step = current.lastStep();
                seat.joinAt(
                        step, current.before(session.node()), derivation.facts().revision());
                current.awaited().remove(session.node().id());
                if (take(seat, step)) {
                    current.pending.add(session);
                    bound(current);
                }
                advance(current);
            }
            tellStatus();
        });
    }

    @Override
    public void closed(AdsSession session, boolean inOrder) {
        execute(() -> {
            String node = session.node().id();
            boolean wasThere = seats.remove(session) != null;
            if (inOrder) {
                rememberSoon();
            } else {
                returning.add(node);
            }
            if (wasThere && holdsEndpoints(session)) {
                registry.withdrawals().gone(node, inOrder);
            }
            if (wasThere && !inOrder && !isConnected(node)) {
                awaitReturn(node);
            }
            if (push != null && push.pending.remove(session)) {
                advance(push);
            }
            tellStatus();
        });
    }

    /** By another stream, which it opened before the end of this one was noticed. */
    private boolean isConnected(String node) {
        return seats.keySet().stream().anyMatch(other -> other.node().id().equals(node));
    }

    private void awaitReturn(String node) {
        isBack(node);
        broken.put(node, scheduler.schedule(phaseBound, () -> execute(() -> stopAwaiting(node))));
        if (push != null) {
            push.awaitReturn(List.of(node));
        }
    }

    private void isBack(String node) {
        Scheduler.Cancellable end = broken.remove(node);
        if (end != null) {
            end.cancel();
        }
    }

    private void stopAwaiting(String node) {
        broken.remove(node);
        if (push != null && push.awaited().remove(node)) {
            LOG.warn("proxy {} did not come back within {} s", node, phaseBound.toSeconds());
            advance(push);
        }
    }

    @Override
    public void settled(AdsSession session, Target target, List<Rejection> rejections) {
        execute(() -> {
            Seat seat = seats.get(session);
            if (seat == null || seat.target() == null || seat.target().id() != target.id()) {
                return;
            }
            if (rejections.isEmpty()) {
                seat.settle(target);
                tellWithdrawals(seat);
                if (seat.isBehind()) {
                    walk(seat);
                }
                seat.arrive();
            } else if (refuse(seat, target, rejections)) {
                // Its answer to what it goes back to is waited for: that takes away instances that leave.
                return;
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

    /** What it has settled on holds no instance that was withdrawn by then. */
    private void tellWithdrawals(Seat seat) {
        if (seat.isClean()) {
            registry.withdrawals().acknowledged(seat.session().node().id(), seat.endpointsFrom());
        }
    }

    /** True where it is given what it had before. */
    private boolean refuse(Seat seat, Target target, List<Rejection> rejections) {
        boolean again = seat.hasDropped();
        ResourceSet fallback = seat.refuse(target, rejections);
        if (rejections.stream().anyMatch(each -> each.type().equals(XdsType.REVISION.typeUrl()))) {
            scheduler.schedule(RETRY, () -> execute(() -> retry(seat, target)));
        }
        if (fallback == null || again) {
            return false;
        }
        seat.setEndpointsFrom(derivation.facts().registry().version());
        aim(seat, fallback, Revision.Phase.REMOVE);
        tellStatus();
        return true;
    }

    private void retry(Seat seat, Target refused) {
        if (seats.containsValue(seat) && seat.retry(refused)) {
            walk(seat);
        }
    }

    /** Gives a proxy by itself the steps that the others have taken meanwhile, one after the other. */
    private void walk(Seat seat) {
        int limit = push == null ? Step.ALL.size() : push.entered();
        while (seat.steps() < limit) {
            if (take(seat, Step.ALL.get(seat.steps()))) {
                return;
            }
        }
        seat.setBehind(false);
    }

    /** Gives a proxy its next step; true where it has to answer first. */
    private boolean take(Seat seat, Step step) {
        ResourceSet goal = seat.nextGoal(transition);
        if (transition.isOfDesiredEndpoints(step)) {
            seat.setEndpointsFrom(derivation.facts().registry().version());
        }
        if (seat.isAimedAt(goal)) {
            tellWithdrawals(seat);
            return !seat.isClean();
        }
        aim(seat, goal, step.phase());
        return true;
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
        boolean first = !translated;
        Facts last = derivation.facts();
        if (first && switched.isPresent()) {
            derivation.update(inputs.of(switched.get()));
            translated = true;
            dirty = true;
        } else {
            translate();
        }
        Facts facts = derivation.facts();
        Facts before = first ? inputs.of(resumed.or(() -> switched).orElse(configuration.get())) : last;
        boolean onlyInstances =
                facts.revision() == before.revision() && seats.values().stream().allMatch(Seat::isClean);
        transition = new Transition(!onlyInstances);
        Push begun = new Push(
                before,
                facts.revision() == before.revision(),
                first && switched.isPresent() ? Step.SWITCH : Step.WIDEN);
        begun.awaitReturn(broken.keySet());
        if (holdsForAbsent && before.revision() != facts.revision()) {
            begun.awaited().addAll(absent);
        }
        if (first) {
            pushedRevision = before.revision();
        }
        seats.forEach(
                (session, seat) -> seat.begin(derivation.get(new ResourceCache.Of(session.node())), facts.revision()));
        derivation.forgetUnused();
        push = begun;
        advance(begun);
    }

    /** Goes through the phases as long as there is nobody to wait for. */
    private void advance(Push current) {
        while (current.mayGoOn()) {
            current.cancelTimeout();
            if (current.isOver()) {
                push = null;
                if (pushedRevision != derivation.facts().revision()) {
                    pushedRevision = derivation.facts().revision();
                    returning.clear();
                    remember();
                }
                tellStatus();
                if (dirty) {
                    begin();
                }
                return;
            }
            Step step = current.nextStep();
            if (step == Step.SWITCH && switching() != PushedRevision.NONE) {
                remember();
            }
            enter(current, step);
        }
    }

    private void enter(Push current, Step step) {
        seats.forEach((session, seat) -> {
            if (seat.mayTake(step)) {
                boolean waits = take(seat, step);
                if (waits && !seat.isBehind()) {
                    current.pending.add(session);
                }
                seat.arrive();
            }
        });
        bound(current);
    }

    private void bound(Push current) {
        if (!current.pending.isEmpty() && !current.isBounded()) {
            current.boundBy(scheduler.schedule(phaseBound, () -> execute(() -> giveUp(current))));
        }
    }

    private void aim(Seat seat, ResourceSet goal, Revision.Phase phase) {
        targets++;
        seat.aim(new Target(targets, derivation.facts().revision(), phase, goal));
    }

    private void giveUp(Push current) {
        if (push != current) {
            return;
        }
        for (AdsSession session : current.pending) {
            LOG.warn("proxy {} did not acknowledge within {} s", session.node().id(), phaseBound.toSeconds());
            Seat seat = seats.get(session);
            if (seat != null) {
                seat.setBehind(true);
            }
        }
        current.cancelTimeout();
        current.pending.clear();
        advance(current);
    }

    private void stopHoldingForAbsent() {
        holdsForAbsent = false;
        Push current = push;
        if (current != null && current.awaited().removeAll(absent)) {
            LOG.info("a change is not held any longer for proxies that have not come back yet: {}", absent);
            advance(current);
        }
    }

    private void tellStatus() {
        long revision = derivation.facts().revision();
        fleet.set(new Fleet(
                seats.values().stream().map(seat -> seat.status(revision)).toList(),
                List.copyOf(absent),
                absentAwaited));
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
}

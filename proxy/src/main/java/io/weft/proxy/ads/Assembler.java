package io.weft.proxy.ads;

import com.google.protobuf.InvalidProtocolBufferException;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.weft.api.v1.Revision;
import io.weft.core.time.Scheduler;
import io.weft.core.time.Ticker;
import io.weft.core.violation.Violation;
import io.weft.core.watch.Watched;
import io.weft.engine.config.EndpointAssignment;
import io.weft.engine.config.Listener;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.engine.xds.MessageTypes;
import io.weft.proxy.ads.ResourceTable.Held;
import io.weft.proxy.host.EndpointDirectory;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes complete configurations of discovered resources and publishes them.
 *
 * <p>A control plane that sends {@code weft.v1.Revision} gets changes published whole: when everything that a Revision lists is here and warm,
 * and not before. For any other, each listener, routing table and cluster becomes active as it warms. Either way a listener or cluster is warm
 * when what it refers to is there; what stays away for longer than a bound no longer holds it back, and is told as an error of its own.
 * Endpoint sets are live: they go to the directory as they come. The last good configuration is kept, on disk too.
 *
 * <p>Confined to the control loop: every method but {@link #state} is called there.
 */
public final class Assembler {
    private static final Logger LOG = LoggerFactory.getLogger(Assembler.class);
    static final String REVISION_TYPE = "type.googleapis.com/" + MessageTypes.nameOf(Revision.class);
    /** How long a control plane that does not say who it is has for its first Revision. */
    private static final Duration REVISION_GRACE = Duration.ofMillis(500);
    /** How long the control plane has for its first configuration, before the one on disk is taken. */
    private static final Duration CACHE_GRACE = Duration.ofSeconds(1);

    private static final int MAX_NACK_CHARACTERS = 16 * 1024;

    private final Watched<ConfigSnapshot> published;
    private final EndpointDirectory directory;
    private final @Nullable DiskCache cache;
    private final Scheduler loop;
    private final Ticker ticker;

    private final Holdings holdings = new Holdings();
    private final Active active;
    /** What the disk held at the start. */
    private final Active cached = new Active(ConfigSnapshot.EMPTY);

    private final Absences absences;
    private final Warming warming;
    private final Watched<AssemblyState> state = new Watched<>(AssemblyState.NONE);

    private Uptake uptake = Uptake.AT_ONCE;
    private Peer peer = Peer.NONE;
    private Mode mode = Mode.UNDECIDED;
    private @Nullable PendingRevision pending;
    private Scheduler.@Nullable Cancellable recheck;
    private boolean saveScheduled;
    private boolean listenersTold;
    private boolean wholePublished;
    private Set<Absences.Missing> toldAbsences = Set.of();

    /**
     * Publishes nothing before resources come.
     *
     * @param base what is there anyway: the static resources; already published
     * @param published where configurations go
     * @param directory where endpoint sets go
     * @param cache the last good configuration on disk; null: none is kept
     * @param loop the control loop
     */
    public Assembler(
            ConfigSnapshot base,
            Watched<ConfigSnapshot> published,
            EndpointDirectory directory,
            @Nullable DiskCache cache,
            Scheduler loop,
            Ticker ticker) {
        this(base, published, directory, cache, loop, ticker, Duration.ofSeconds(15));
    }

    /** To be called before {@link #start}; else everything counts as carried out at once. */
    public void setUptake(Uptake newUptake) {
        uptake = newUptake;
    }

    Assembler(
            ConfigSnapshot base,
            Watched<ConfigSnapshot> published,
            EndpointDirectory directory,
            @Nullable DiskCache cache,
            Scheduler loop,
            Ticker ticker,
            Duration absenceBound) {
        this.active = new Active(base);
        this.published = published;
        this.directory = directory;
        this.cache = cache;
        this.loop = loop;
        this.ticker = ticker;
        this.absences = new Absences(ticker, absenceBound);
        this.warming = new Warming(holdings, absences, base.clusters().keySet());
    }

    /** How changes are published. */
    private enum Mode {
        UNDECIDED,
        /** Whole, by Revisions. */
        REVISIONS,
        /** One by one, as each warms. */
        EACH
    }

    /** The stream to the control plane, as the assembler needs it. */
    interface Peer {
        Peer NONE = new Peer() {
            @Override
            public void settled(String nonce, Verdict verdict) {}

            @Override
            public void subscribe(ResourceKind kind, Set<String> names) {}
        };

        /** A Revision that was to be answered later is answered now. */
        void settled(String nonce, Verdict verdict);

        /** The whole set of names of this kind that are wanted. */
        void subscribe(ResourceKind kind, Set<String> names);
    }

    private record PendingRevision(String nonce, RevisionGate gate) {}

    /** What became of the control plane's resources; also says whether there is a configuration at all. */
    public Watched<AssemblyState> state() {
        return state;
    }

    /**
     * Reads the configuration on disk, so that a control plane need not send it again. What the program beside the proxy uses is published at once: the
     * outbound listeners. The others, which decide who may reach that program, wait for the control plane's word, but not for long.
     *
     * @param listenersDiscovered whether there is no whole configuration before listeners are told
     * @return whether something was published
     */
    boolean start(boolean listenersDiscovered) {
        listenersTold = !listenersDiscovered;
        DiskCache disk = cache;
        if (disk == null) {
            return false;
        }
        for (DeltaDiscoveryResponse response : disk.load()) {
            ResourceKind.of(response.getTypeUrl()).ifPresent(kind -> take(kind, response));
        }
        cached.clusters.putAll(holdings.clusters.all());
        cached.routes.putAll(holdings.routes.all());
        cached.listeners.putAll(holdings.listeners.all());
        loop.schedule(CACHE_GRACE, this::publishCached);
        return publishCachedOutbound();
    }

    private boolean publishCachedOutbound() {
        cached.listeners.forEach((name, listener) -> {
            if (listener.value().direction() == Listener.Direction.OUTBOUND) {
                active.listeners.putIfAbsent(name, listener);
            }
        });
        if (active.listeners.isEmpty()) {
            return false;
        }
        cached.clusters.forEach(active.clusters::putIfAbsent);
        cached.routes.forEach(active.routes::putIfAbsent);
        LOG.info("taking the outbound listeners from disk");
        publish(0, false);
        return true;
    }

    /** The control plane gives no configuration now: the one from disk is published, unless there was one since the start. */
    void publishCached() {
        if (wholePublished || (cached.listeners.isEmpty() && cached.routes.isEmpty())) {
            return;
        }
        cached.clusters.forEach(active.clusters::putIfAbsent);
        cached.routes.forEach(active.routes::putIfAbsent);
        cached.listeners.forEach(active.listeners::putIfAbsent);
        LOG.info("no configuration from the control plane yet: taking the last good one from disk");
        publish(0, true);
    }

    /** A stream began. What is held stays; Revisions of the last stream do not. */
    void attach(Peer newPeer) {
        peer = newPeer;
        pending = null;
        if (mode == Mode.EACH) {
            mode = Mode.UNDECIDED;
        }
        subscribe();
    }

    void detach() {
        peer = Peer.NONE;
        pending = null;
    }

    /** The versions held, for a stream's first request of a kind. */
    Map<String, String> versions(ResourceKind kind) {
        return holdings.table(kind).versions();
    }

    /** Takes a response, and says how it is answered. */
    Verdict accept(DeltaDiscoveryResponse response) {
        if (response.getTypeUrl().equals(REVISION_TYPE)) {
            return acceptRevision(response);
        }
        ResourceKind kind = ResourceKind.of(response.getTypeUrl()).orElse(null);
        if (kind == null) {
            return nack("unknown", "resources of type " + response.getTypeUrl() + " were not asked for");
        }
        decideMode(response);
        listenersTold |= kind == ResourceKind.LISTENER;
        boolean onlyNewEndpoints = kind == ResourceKind.ENDPOINTS && areAllHeld(response);
        List<Violation> errors = take(kind, response);
        if (!onlyNewEndpoints) {
            evaluate();
        }
        return errors.isEmpty() ? new Verdict.Ack() : nack(kind.typeUrl(), join(errors));
    }

    /** Whether a response only changes what is there: then nothing that refers to it, or waits for it, changes. */
    private boolean areAllHeld(DeltaDiscoveryResponse response) {
        ResourceTable<?> table = holdings.endpoints;
        return response.getRemovedResourcesCount() == 0
                && response.getResourcesList().stream().allMatch(resource -> table.get(resource.getName()) != null);
    }

    private List<Violation> take(ResourceKind kind, DeltaDiscoveryResponse response) {
        ResourceTable<?> table = holdings.table(kind);
        if (!kind.wildcard()) {
            // With Revisions, one that follows says what becomes of those that were there.
            response.getRemovedResourcesList().stream()
                    .filter(name -> mode == Mode.EACH || table.get(name) == null)
                    .forEach(name -> absences.isTold(kind, name));
        }
        List<Violation> errors = table.accept(response.getResourcesList(), response.getRemovedResourcesList());
        if (kind == ResourceKind.ENDPOINTS) {
            // A removed set stays in the directory until its cluster goes: traffic outlives a control plane's mistake.
            for (Resource resource : response.getResourcesList()) {
                Held<EndpointAssignment> assignment = holdings.endpoints.get(resource.getName());
                if (assignment != null) {
                    directory.set(assignment.value());
                }
            }
            scheduleSave();
        }
        return errors;
    }

    /** Weft's own control plane says who it is. */
    static boolean sendsRevisions(String controlPlane) {
        return controlPlane.startsWith("weft");
    }

    private void decideMode(DeltaDiscoveryResponse response) {
        if (mode != Mode.UNDECIDED) {
            return;
        }
        if (sendsRevisions(response.getControlPlane().getIdentifier())) {
            mode = Mode.REVISIONS;
        } else {
            loop.schedule(REVISION_GRACE, () -> {
                if (mode == Mode.UNDECIDED) {
                    mode = Mode.EACH;
                    evaluate();
                }
            });
        }
    }

    private Verdict acceptRevision(DeltaDiscoveryResponse response) {
        mode = Mode.REVISIONS;
        if (response.getResourcesCount() == 0) {
            return new Verdict.Ack();
        }
        Revision revision;
        try {
            revision = MessageTypes.unpack(
                    response.getResources(response.getResourcesCount() - 1).getResource(), Revision.class);
        } catch (InvalidProtocolBufferException e) {
            return nack(REVISION_TYPE, "expected a weft.v1.Revision: " + e.getMessage());
        }
        // One that still waits is subsumed: the answer to the newer one counts for both.
        pending = new PendingRevision(
                response.getNonce(), new RevisionGate(revision, holdings, warming, ticker, absences.bound()));
        return settle();
    }

    /** Looks at what waits, publishes what is ready, subscribes to what is newly referred to. */
    private void evaluate() {
        switch (mode) {
            case UNDECIDED -> {}
            case EACH -> {
                warming.advance(active);
                publish(
                        0,
                        listenersTold
                                && active.listeners
                                        .keySet()
                                        .containsAll(holdings.listeners.all().keySet()));
            }
            case REVISIONS -> {
                PendingRevision waiting = pending;
                if (waiting != null) {
                    Verdict verdict = settle();
                    if (!(verdict instanceof Verdict.Later)) {
                        peer.settled(waiting.nonce(), verdict);
                    }
                }
            }
        }
        subscribe();
        warming.forget(active);
        tellAbsences();
        scheduleRecheck();
    }

    private Verdict settle() {
        PendingRevision waiting = pending;
        if (waiting == null) {
            return new Verdict.Later();
        }
        Verdict verdict = waiting.gate().look(active);
        return switch (verdict) {
            case Verdict.Ack ack -> {
                pending = null;
                Map<String, String> failures = uptake.prepare(waiting.gate().listeners());
                if (!failures.isEmpty()) {
                    publishCached();
                    yield nack(REVISION_TYPE, waiting.gate().notPublished(failures));
                }
                waiting.gate().publish(active);
                publish(waiting.gate().number(), true);
                subscribe();
                // Other proxies count on it once it is acknowledged: they may take away then what only the
                // configuration
                // of before led to.
                Peer asking = peer;
                loop.schedule(
                        Duration.ZERO,
                        () -> uptake.whenSettled(
                                () -> loop.schedule(Duration.ZERO, () -> asking.settled(waiting.nonce(), ack))));
                yield new Verdict.Later();
            }
            case Verdict.Nack nack -> {
                pending = null;
                publishCached();
                yield nack(REVISION_TYPE, nack.reason());
            }
            case Verdict.Later later -> {
                scheduleRecheck();
                yield later;
            }
        };
    }

    private void publish(long revision, boolean ready) {
        ConfigSnapshot snapshot = active.snapshot(revision);
        boolean changed = !snapshot.equals(published.get());
        published.set(snapshot);
        wholePublished |= ready;
        // Told after those who watch the configuration on this loop have taken it: listeners listen when the proxy
        // calls itself ready.
        loop.schedule(Duration.ZERO, () -> state.update(previous -> previous.published(revision, ready)));
        if (changed) {
            scheduleSave();
        }
    }

    private void subscribe() {
        for (ResourceKind kind : List.of(ResourceKind.ENDPOINTS, ResourceKind.ROUTES)) {
            Set<String> names = holdings.wanted(kind, active);
            ResourceTable<?> table = holdings.table(kind);
            List<String> unwanted = table.all().keySet().stream()
                    .filter(name -> !names.contains(name))
                    .toList();
            for (String name : unwanted) {
                table.remove(name);
                if (kind == ResourceKind.ENDPOINTS) {
                    directory.remove(name);
                }
            }
            peer.subscribe(kind, names);
        }
    }

    private void scheduleRecheck() {
        Duration next = absences.next().orElse(null);
        PendingRevision waiting = pending;
        if (waiting != null && !waiting.gate().left().isZero()) {
            Duration left = waiting.gate().left();
            next = next == null || left.compareTo(next) < 0 ? left : next;
        }
        Scheduler.Cancellable last = recheck;
        if (last != null) {
            last.cancel();
        }
        // A moment later, so that the bound has passed when it is looked at.
        recheck = next == null ? null : loop.schedule(next.plusMillis(1), this::evaluate);
    }

    private void tellAbsences() {
        Set<Absences.Missing> over = Set.copyOf(absences.over());
        if (over.equals(toldAbsences)) {
            return;
        }
        over.stream()
                .filter(missing -> !toldAbsences.contains(missing))
                .forEach(missing -> LOG.warn("{}", told(missing)));
        toldAbsences = over;
        Set<String> lines = over.stream().map(this::told).collect(Collectors.toCollection(TreeSet::new));
        state.update(previous -> previous.withAbsences(List.copyOf(lines)));
    }

    private String told(Absences.Missing missing) {
        return missing.kind().noun() + " " + missing.name()
                + ": referred to, but the control plane does not have it; what refers to it is active without it";
    }

    private Verdict.Nack nack(String typeUrl, String reason) {
        String bounded =
                reason.length() <= MAX_NACK_CHARACTERS ? reason : reason.substring(0, MAX_NACK_CHARACTERS) + "…";
        LOG.warn("refused configuration of type {}: {}", typeUrl, bounded);
        state.update(previous -> previous.withNack(new AssemblyState.Nack(typeUrl, bounded, Instant.now())));
        return new Verdict.Nack(bounded);
    }

    private static String join(List<Violation> errors) {
        return errors.stream().map(Violation::toString).collect(Collectors.joining("\n"));
    }

    private void scheduleSave() {
        if (cache == null || saveScheduled) {
            return;
        }
        saveScheduled = true;
        loop.schedule(DiskCache.SAVE_DELAY, this::saveNow);
    }

    /** Saves what a save was scheduled for, since a process that ends would not come to it. */
    void saveNow() {
        DiskCache disk = cache;
        if (disk == null || !saveScheduled) {
            return;
        }
        saveScheduled = false;
        if (wholePublished) {
            disk.save(cacheable());
        }
    }

    /** What is active, and the endpoints of its clusters. */
    private List<DeltaDiscoveryResponse> cacheable() {
        DeltaDiscoveryResponse.Builder sets =
                DeltaDiscoveryResponse.newBuilder().setTypeUrl(ResourceKind.ENDPOINTS.typeUrl());
        new TreeSet<>(active.referredEndpoints()).forEach(name -> {
            Held<EndpointAssignment> assignment = holdings.endpoints.get(name);
            if (assignment != null) {
                sets.addResources(assignment.raw());
            }
        });
        return List.of(
                rawOf(ResourceKind.CLUSTER, active.clusters),
                sets.build(),
                rawOf(ResourceKind.LISTENER, active.listeners),
                rawOf(ResourceKind.ROUTES, active.routes));
    }

    private static <T> DeltaDiscoveryResponse rawOf(ResourceKind kind, Map<String, Held<T>> resources) {
        DeltaDiscoveryResponse.Builder response =
                DeltaDiscoveryResponse.newBuilder().setTypeUrl(kind.typeUrl());
        resources.values().stream()
                .map(Held::raw)
                .sorted(Comparator.comparing(Resource::getName))
                .forEach(response::addResources);
        return response.build();
    }

    Holdings holdings() {
        return holdings;
    }

    Active active() {
        return active;
    }
}

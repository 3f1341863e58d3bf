package io.weft.control;

import io.netty.util.internal.PlatformDependent;
import io.weft.control.backup.BackupMaker;
import io.weft.control.ca.CertificateAuthority;
import io.weft.control.ca.CertificateAuthorityException;
import io.weft.control.ca.CertificateService;
import io.weft.control.ca.ControlPlaneIdentity;
import io.weft.control.ca.ControlPlaneTls;
import io.weft.control.ca.JoinTokens;
import io.weft.control.ca.PeerIdentity;
import io.weft.control.ca.RefusedJoins;
import io.weft.control.ca.RefusedPeers;
import io.weft.control.ca.SvidLife;
import io.weft.control.change.ChangeCheck;
import io.weft.control.change.ChangeService;
import io.weft.control.change.DocumentCodec;
import io.weft.control.change.TrialTranslation;
import io.weft.control.config.ConfigStore;
import io.weft.control.config.MemoryStore;
import io.weft.control.config.PushedRevision;
import io.weft.control.config.Retention;
import io.weft.control.config.SqliteStore;
import io.weft.control.config.StoreException;
import io.weft.control.registry.Instance;
import io.weft.control.registry.PeerClaim;
import io.weft.control.registry.RegistrationService;
import io.weft.control.registry.Registry;
import io.weft.control.registry.RegistryFile;
import io.weft.control.rest.Api;
import io.weft.control.rest.BackupRoutes;
import io.weft.control.rest.MeshRoutes;
import io.weft.control.rest.MetricsPage;
import io.weft.control.rest.MetricsPage.Metric;
import io.weft.control.rest.MetricsServer;
import io.weft.control.rest.ProxyRoutes;
import io.weft.control.rest.ResourceRoutes;
import io.weft.control.rest.RestServer;
import io.weft.control.rest.RestToken;
import io.weft.control.rest.SystemRoutes;
import io.weft.control.rest.TokenRoutes;
import io.weft.control.rest.TrafficRoutes;
import io.weft.control.status.MeshStatus;
import io.weft.control.status.ProxyStatus;
import io.weft.control.telemetry.EdgeReceiver;
import io.weft.control.telemetry.ProxyQuestions;
import io.weft.control.telemetry.TrafficStore;
import io.weft.control.translate.PresentFacts;
import io.weft.control.xds.AdsServer;
import io.weft.control.xds.Publisher;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.lifecycle.Supervisor;
import io.weft.core.time.SystemScheduler;
import io.weft.core.time.Ticker;
import io.weft.resource.codec.ResourceCodec;
import io.weft.resource.model.MeshConfig;
import io.weft.resource.model.ResourceKind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running control plane: everything that it is made of, in the order in which it is made. */
public final class Control implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Control.class);
    private static final int MAX_EDGES = 2048;
    private static final String AUTHORITY = "ca";

    private final ControlConfig config;
    private final StateDirectory directory;
    private final SystemScheduler scheduler = new SystemScheduler("control");
    private final ConfigStore store;
    private final CertificateAuthority authority;
    private final GrpcServer grpc;
    private final RestServer rest;
    private final MetricsServer metrics;
    private final Supervisor components;
    private final Instant startedAt;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile boolean ready;

    private Control(ControlConfig config, StateDirectory directory, ConfigStore store, CertificateAuthority authority)
            throws IOException, CertificateAuthorityException {
        InstantSource clock = InstantSource.system();
        Supplier<Optional<SpiffeId>> peer = () -> Optional.ofNullable(PeerIdentity.KEY.get());
        Path state = directory.path();
        this.config = config;
        this.directory = directory;
        this.store = store;
        this.authority = authority;
        this.startedAt = clock.instant();

        ControlPlaneIdentity identity = new ControlPlaneIdentity(authority, scheduler, clock);
        JoinTokens tokens = new JoinTokens(authority, clock);

        Registry registry = new Registry(scheduler, config.lease());
        RegistryFile registryFile =
                new RegistryFile(state.resolve(RegistryFile.NAME), registry, scheduler, directory.isFresh());

        Publisher publisher = new Publisher(config.trustDomain(), store.head(), registry, scheduler);
        PushedRevision pushed = new PushedRevision(state);
        publisher.resume(pushed.configuration(store), pushed.switching(store), pushed.proxies(), pushed::move);

        TrafficStore traffic = new TrafficStore(Ticker.system(), MAX_EDGES);
        ProxyQuestions questions = new ProxyQuestions();
        EdgeReceiver edges = new EdgeReceiver(traffic, questions, peer);

        ChangeCheck check = new TrialTranslation(
                config.trustDomain(),
                () -> registry.snapshot().get(),
                () -> publisher.fleet().get().connected().stream()
                        .map(ProxyStatus::node)
                        .toList());
        ChangeService changes = new ChangeService(store, documents(), check, clock);

        RefusedJoins refusedJoins = new RefusedJoins(clock);
        PeerClaim claim = new PeerClaim(config.trustDomain(), refusedJoins::add);
        RefusedPeers refusedPeers = new RefusedPeers(Ticker.system(), refusedJoins);
        CertificateService certificates =
                new CertificateService(authority, tokens, Ticker.system(), this::longestSvidLife, refusedJoins);
        grpc = new GrpcServer(
                config.xds(),
                ControlPlaneTls.server(
                        identity.identity(), new SvidVerifier(config.clockLeeway()), clock, refusedPeers),
                new PeerIdentity(Set.of(CertificateService.SIGN), config.clockLeeway(), clock),
                List.of(
                        certificates,
                        new AdsServer(publisher, registry.reunion(), claim, peer),
                        new RegistrationService(registry, claim, peer),
                        edges));
        PresentFacts facts = new PresentFacts(
                config.trustDomain(),
                () -> store.head().get(),
                () -> registry.snapshot().get());
        MeshStatus mesh = new MeshStatus(facts, () -> publisher.fleet().get());
        Api api = new Api(
                new ResourceRoutes(store, changes, mesh),
                new ProxyRoutes(store, publisher.fleet(), registry::draining, questions, refusedJoins::recent),
                new MeshRoutes(store, mesh),
                new TrafficRoutes(traffic),
                new TokenRoutes(tokens),
                new BackupRoutes(new BackupMaker(
                        store, authority, registry, state.resolve(RestToken.FILE), Version.current(), clock)),
                new SystemRoutes(store, about()));
        rest = new RestServer(config.rest().host(), config.rest().port(), RestToken.loadOrCreate(state), api);
        metrics = new MetricsServer(
                config.metrics().host(),
                config.metrics().port(),
                new MetricsPage(Stream.concat(
                                metrics(registry, publisher, traffic, edges).stream(),
                                certificateMetrics(certificates, refusedPeers).stream())
                        .toList()),
                () -> ready);
        components = new Supervisor(List.of(identity, registryFile, publisher, grpc, rest, metrics));
    }

    /**
     * Starts a control plane; returns when it serves.
     *
     * @throws IOException with a sentence that an operator can act on
     */
    public static Control start(ControlConfig config) throws IOException {
        // Before two threads ask for loggers at once, which SLF4J would warn of.
        LoggerFactory.getILoggerFactory();
        StateDirectory directory = StateDirectory.open(config.stateDirectory());
        ConfigStore store = null;
        try (ExecutorService beside = Executors.newVirtualThreadPerTaskExecutor()) {
            // Both load much code and read files: side by side, the start is shorter.
            Future<CertificateAuthority> authority = beside.submit(() -> openAuthority(config, directory));
            if (directory.knownRoot().isEmpty()) {
                // A store without an authority would be taken for one whose authority is lost.
                opened(authority);
            }
            store = openStore(config, directory.path());
            Control control = new Control(config, directory, store, opened(authority));
            control.serve();
            return control;
        } catch (StoreException | CertificateAuthorityException | Supervisor.StartFailedException e) {
            release(directory, store);
            throw new IOException(e.getMessage(), e);
        } catch (IOException | RuntimeException e) {
            release(directory, store);
            throw e;
        }
    }

    private static CertificateAuthority openAuthority(ControlConfig config, StateDirectory directory)
            throws CertificateAuthorityException, IOException {
        CertificateAuthority authority = CertificateAuthority.open(
                directory.path().resolve(AUTHORITY),
                config.trustDomain(),
                new SvidLife(config.svidTtl(), config.svidTtl()),
                InstantSource.system(),
                directory.knownRoot());
        directory.begin(authority.trustDomain().name(), authority.rootSha256());
        return authority;
    }

    private static CertificateAuthority opened(Future<CertificateAuthority> authority)
            throws IOException, CertificateAuthorityException {
        try {
            return authority.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CertificateAuthorityException refused) {
                throw refused;
            }
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            }
            throw new IOException("the certificate authority could not be opened: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while starting", e);
        }
    }

    /** What the MeshConfig says; the authority shortens it to what the control plane was started with. */
    private Duration longestSvidLife() {
        return store.head()
                .get()
                .find(ResourceKind.MESH_CONFIG.key("", MeshConfig.NAME))
                .filter(document -> document.resource() instanceof MeshConfig)
                .map(document -> ((MeshConfig) document.resource()).svidTtl())
                .orElse(config.svidTtl());
    }

    private static ConfigStore openStore(ControlConfig config, Path state) throws StoreException {
        return switch (config.store()) {
            case MEMORY -> new MemoryStore(InstantSource.system(), Retention.DEFAULT);
            case SQLITE -> SqliteStore.open(state, InstantSource.system(), Retention.DEFAULT, documents());
        };
    }

    private static DocumentCodec documents() {
        return new DocumentCodec(new ResourceCodec());
    }

    private void serve() throws Supervisor.StartFailedException {
        try {
            components.start();
        } catch (Supervisor.StartFailedException e) {
            close();
            throw e;
        }
        try {
            serverFile().writeTo(directory);
        } catch (IOException e) {
            // Proxies need it more than the command line, which can be told where it is.
            LOG.error(
                    "{} cannot be written, so that commands need --server and --token-file: {}",
                    directory.path().resolve(ServerFile.NAME),
                    e.getMessage());
        }
        ready = true;
    }

    private SystemRoutes.About about() {
        return new SystemRoutes.About(
                Version.current(),
                Runtime.version().toString(),
                ProcessHandle.current().pid(),
                startedAt,
                authority.trustDomain().name(),
                authority.rootSha256());
    }

    private static List<Metric> certificateMetrics(CertificateService certificates, RefusedPeers refusedPeers) {
        return List.of(
                Metric.counter("weft_certificates_signed_total", "SVIDs that were signed.", certificates::signed),
                Metric.counter(
                        "weft_certificates_refused_total",
                        "Requests for an SVID that were refused, by status.",
                        "status",
                        certificates::refused),
                Metric.counter(
                        "weft_tls_handshake_failures_total",
                        "Client certificates that were not accepted, by reason.",
                        "reason",
                        refusedPeers::counts));
    }

    private List<Metric> metrics(Registry registry, Publisher publisher, TrafficStore traffic, EdgeReceiver edges) {
        return List.of(
                Metric.gauge(
                        "weft_config_revision",
                        "Head of the configuration.",
                        () -> store.head().get().revision()),
                Metric.gauge(
                        "weft_config_writable",
                        "1; 0 while the last change could not be written.",
                        () -> store.trouble().isEmpty() ? 1 : 0),
                Metric.gauge("weft_config_resources", "Resources by kind.", "kind", this::resourcesByKind),
                Metric.gauge(
                        "weft_registry_instances",
                        "Registered instances.",
                        () -> registry.snapshot().get().instances().size()),
                Metric.counter(
                        "weft_registry_leases_lost_total",
                        "Nodes whose instances were withdrawn because nothing was heard of them.",
                        registry::lost),
                Metric.gauge(
                        "weft_registry_draining_instances",
                        "Instances that leave and are not gone yet.",
                        () -> registry.snapshot().get().instances().values().stream()
                                .filter(Instance::draining)
                                .count()),
                Metric.gauge(
                        "weft_drain_waiting",
                        "Leaving proxies that wait for the others' acknowledgements.",
                        () -> registry.withdrawals().pending()),
                Metric.counter(
                        "weft_drain_confirmed_total",
                        "Withdrawals that every proxy acknowledged.",
                        () -> registry.withdrawals().confirmed()),
                Metric.counter(
                        "weft_drain_unconfirmed_total",
                        "Withdrawals that some proxy did not acknowledge within the bound.",
                        () -> registry.withdrawals().unconfirmed()),
                Metric.gauge("weft_xds_proxies", "Connected proxies by state.", "state", () -> byState(publisher)),
                Metric.counter("weft_xds_resources_sent_total", "Resources sent to proxies.", publisher::resourcesSent),
                Metric.counter(
                        "weft_telemetry_edges_dropped_total",
                        "Edges left out because a table was full.",
                        traffic::dropped),
                Metric.counter(
                        "weft_telemetry_edges_refused_total",
                        "Reported edges that did not fit their reporter.",
                        edges::refusedEdges),
                Metric.gauge(
                        "process_start_time_seconds",
                        "Start of the process, Unix time.",
                        () -> startedAt.getEpochSecond()),
                Metric.gauge(
                        "weft_buffer_bytes",
                        "Memory outside the heap that buffers of connections hold.",
                        PlatformDependent::usedDirectMemory),
                Metric.gauge(
                        "jvm_memory_used_bytes",
                        "Used heap.",
                        () -> Runtime.getRuntime().totalMemory()
                                - Runtime.getRuntime().freeMemory()));
    }

    private Map<String, Long> resourcesByKind() {
        Map<String, Long> byKind = new TreeMap<>();
        store.head().get().documents().keySet().forEach(key -> byKind.merge(key.kind(), 1L, Long::sum));
        return byKind;
    }

    private static Map<String, Long> byState(Publisher publisher) {
        Map<String, Long> byState = new TreeMap<>();
        for (ProxyStatus.State state : ProxyStatus.State.values()) {
            byState.put(state.name().toLowerCase(Locale.ROOT), 0L);
        }
        publisher
                .fleet()
                .get()
                .connected()
                .forEach(proxy -> byState.merge(proxy.state().name().toLowerCase(Locale.ROOT), 1L, Long::sum));
        return byState;
    }

    /** Where this control plane listens, and what a client needs to trust it. */
    public ServerFile serverFile() {
        return new ServerFile(
                ProcessHandle.current().pid(),
                startedAt,
                Version.current(),
                "http://"
                        + new ControlConfig.Listen(
                                config.rest().host(), rest.address().getPort()),
                new ControlConfig.Listen(config.xds().host(), grpc.port()).toString(),
                "http://"
                        + new ControlConfig.Listen(
                                config.metrics().host(), metrics.address().getPort()),
                directory.path().resolve(RestToken.FILE).toAbsolutePath().toString(),
                authority.trustDomain().name(),
                authority.rootSha256());
    }

    /** Stops serving, within a few seconds; proxies go on with what they have. Idempotent. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        ready = false;
        components.close();
        scheduler.close();
        release(directory, store);
    }

    private static void release(StateDirectory directory, @Nullable ConfigStore store) {
        if (store != null) {
            store.close();
        }
        directory.close();
    }
}

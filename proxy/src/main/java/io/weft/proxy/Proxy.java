package io.weft.proxy;

import io.weft.core.identity.PrivateFiles;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.VerifiedPaths;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.time.SystemScheduler;
import io.weft.core.time.Ticker;
import io.weft.core.violation.InvalidInputException;
import io.weft.core.watch.Watched;
import io.weft.engine.config.Cluster;
import io.weft.engine.config.Listener;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.admin.AdminServer;
import io.weft.proxy.ads.AdsClient;
import io.weft.proxy.ads.Assembler;
import io.weft.proxy.ads.ConfigDump;
import io.weft.proxy.ads.DiskCache;
import io.weft.proxy.ads.Uptake;
import io.weft.proxy.bootstrap.BootstrapCache;
import io.weft.proxy.bootstrap.BootstrapSettings;
import io.weft.proxy.bootstrap.LoadedBootstrap;
import io.weft.proxy.bootstrap.NodeSettings;
import io.weft.proxy.bootstrap.ProxyNode;
import io.weft.proxy.host.EndpointDirectory;
import io.weft.proxy.http.HttpServices;
import io.weft.proxy.http.TunnelHandler;
import io.weft.proxy.identity.KeptPaths;
import io.weft.proxy.listener.HandshakeLimits;
import io.weft.proxy.listener.ListenerManager;
import io.weft.proxy.listener.ListenerServices;
import io.weft.proxy.registration.HealthCheck;
import io.weft.proxy.registration.Registrar;
import io.weft.proxy.registration.ServiceOffer;
import io.weft.proxy.registration.Withdrawal;
import io.weft.proxy.registration.WorkloadOffer;
import io.weft.proxy.report.EdgeReporter;
import io.weft.proxy.tcp.TcpForwarder;
import io.weft.proxy.telemetry.AccessLogs;
import io.weft.proxy.telemetry.Metrics;
import io.weft.proxy.telemetry.RecentRequests;
import io.weft.proxy.tls.CertificateFiles;
import io.weft.proxy.tls.ConfiguredTls;
import io.weft.proxy.tls.TlsContexts;
import io.weft.proxy.transport.Admission;
import io.weft.proxy.transport.BufferPressure;
import io.weft.proxy.transport.EventLoops;
import io.weft.proxy.transport.TransportChoice;
import io.weft.proxy.upstream.ClusterManager;
import io.weft.proxy.upstream.Loop;
import io.weft.proxy.upstream.Loops;
import io.weft.proxy.upstream.OwnAddresses;
import io.weft.proxy.upstream.SocketConnector;
import io.weft.proxy.upstream.SystemResolver;
import io.weft.proxy.upstream.UpstreamContexts;
import io.weft.proxy.upstream.UpstreamServices;
import io.weft.proxy.warmup.WarmUp;
import io.weft.proxy.workload.LocalWorkload;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A proxy process: the list of its parts, in the order in which they start. */
public final class Proxy implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Proxy.class);
    private static final Duration LISTEN_AGAIN = Duration.ofSeconds(1);

    /** How soon a certificate's file that was replaced is served. */
    private static final Duration CERTIFICATE_FILES_INTERVAL = Duration.ofSeconds(2);
    /** Less than the control plane waits for an acknowledgement. */
    private static final Duration SETTLE_BOUND = Duration.ofSeconds(4);

    private final ProxyOptions options;
    private final LoadedBootstrap bootstrap;
    private final BootstrapSettings settings;
    private final NodeSettings node;
    private final Deque<Runnable> stops = new ArrayDeque<>();

    private final SystemScheduler control = new SystemScheduler("weft-control");
    private final Watched<ConfigSnapshot> snapshots;
    private final EndpointDirectory directory = new EndpointDirectory();
    private @Nullable Registrar registrar;
    private boolean registering;
    // Confined to the control loop.
    private boolean retryingListeners;
    private @Nullable ListenerManager listeners;
    private @Nullable ClusterManager clusters;
    private @Nullable AdminPages admin;
    private volatile @Nullable InetSocketAddress adminAddress;
    private @Nullable Drain drain;
    private volatile @Nullable WarmUp warmUp;

    private Proxy(ProxyOptions options) throws InvalidInputException {
        this.options = options;
        this.bootstrap = LoadedBootstrap.load(options.bootstrap(), new BootstrapCache(options.stateDirectory()));
        this.settings = bootstrap.settings();
        this.node = bootstrap.node();
        this.snapshots = new Watched<>(staticConfiguration(settings));
    }

    /**
     * Starts a proxy; returns when it serves: static listeners listen, and a discovered configuration is asked for.
     *
     * @throws InvalidInputException with everything that is wrong with the bootstrap file
     * @throws ProxyFailedException where an address cannot be had, or the control plane gives no identity
     */
    public static Proxy start(ProxyOptions options) throws InvalidInputException, ProxyFailedException {
        Preload.begin(options);
        Proxy proxy = new Proxy(options);
        try {
            proxy.start();
            return proxy;
        } catch (ProxyFailedException | RuntimeException e) {
            proxy.close();
            throw e;
        }
    }

    private void start() throws ProxyFailedException {
        stops.push(control::close);
        VerifiedPaths verified = makeStateDirectory()
                ? new KeptPaths(options.stateDirectory(), InstantSource.system(), control).begin()
                : new VerifiedPaths();
        SvidVerifier verifier = new SvidVerifier(options.clockLeeway(), verified);
        TlsContexts contexts = new TlsContexts(InstantSource.system(), verifier);
        int bound = settings.maxDownstreamConnections();
        Admission admission = new Admission(bound > 0 ? bound : Admission.defaultBound());
        TransportChoice transport = chooseTransport();
        EventLoops sockets = new EventLoops(transport.kind(), options.loops(), admission);
        stops.push(sockets::close);
        // What is still to be done there needs the loops.
        stops.push(control::close);
        ControlLink link = settings.ads() == null ? null : connectControlPlane(contexts, verifier, sockets);
        Watched<WorkloadIdentity> identity = link == null ? null : link.identity();
        ProxyNode presented = link == null ? settings.node() : choosePorts();
        LocalWorkload workload = workload(identity);

        CertificateFiles files = new CertificateFiles();
        ConfiguredTls tls = new ConfiguredTls(contexts, files, identity);
        UpstreamContexts upstreamContexts = new UpstreamContexts(_ -> tls);
        stops.push(upstreamContexts::close);
        // Before anything else hears of a configuration: no event loop reads files then.
        snapshots.watch(Runnable::run, snapshot -> upstreamContexts.prepare(snapshot, workload));
        refreshCertificates(files);
        Loops loops = Loops.of(sockets.loops(), Ticker.system());
        BufferPressure pressure = new BufferPressure(
                sockets, loops.all().stream().map(Loop::requests).toList(), control);
        stops.push(pressure::close);
        Metrics metrics = new Metrics(loops.all().size());
        SocketConnector connector = new SocketConnector(sockets, upstreamContexts, metrics.handshakes());
        SystemResolver resolver = new SystemResolver();
        stops.push(resolver::close);
        ClusterManager clusterManager = new ClusterManager(
                snapshots,
                new UpstreamServices(
                        directory, loops, connector, resolver, control, new OwnAddresses(this::ownAddresses)));
        clusters = clusterManager;
        stops.push(clusterManager::close);
        RecentRequests recent = new RecentRequests(loops.all().size());
        AccessLogs accessLogs = new AccessLogs();
        stops.push(accessLogs::close);
        HttpServices http =
                new HttpServices(snapshots, clusterManager, loops, List.of(metrics, recent), TunnelHandler.NONE);
        ListenerManager manager = new ListenerManager(new ListenerServices(
                sockets,
                http,
                tls,
                new TcpForwarder(snapshots, clusterManager, connector),
                listener -> workload,
                accessLogs::open,
                metrics,
                new HandshakeLimits(node.maxHandshakesPerSecond(), node.maxHandshakesAtOnce())));
        listeners = manager;
        stops.push(manager::close);
        drain = new Drain(options.drainBound(), this::withdraw, manager);
        openStaticListeners(manager);
        if (link != null) {
            prepareRegistration(link, presented);
        }
        snapshots.watch(task -> control.schedule(Duration.ZERO, task), snapshot -> {
            upstreamContexts.retain(snapshot);
            applyListeners(manager, snapshot);
        });

        AdsClient ads = null;
        Assembler assembler = null;
        if (link != null && settings.ads() != null) {
            assembler = new Assembler(
                    snapshots.get(),
                    snapshots,
                    directory,
                    new DiskCache(options.stateDirectory(), Math.max(0, outboundPort)),
                    control,
                    Ticker.system());
            assembler.setUptake(uptake(manager, loops));
            ads = new AdsClient(link.channel(), presented, settings.ads(), assembler, control, AdsClient.BACKOFF);
            ads.start();
            stops.push(ads::stop);
        }
        startAdmin(
                sockets,
                assembler,
                ads,
                link,
                metrics,
                new ProcessText(transport, admission, accessLogs, pressure, loops, sockets));
        String controlPlane = settings.ads() == null ? "" : settings.ads().cluster();
        WarmUp begun = WarmUp.begin(
                new WarmUp.Parts(sockets, loops, tls, workload, snapshots, controlPlane, control),
                options.warmUpRequests());
        warmUp = begun;
        stops.push(begun::close);
        if (link != null) {
            startReports(link, presented, metrics, recent);
        }
    }

    private TransportChoice chooseTransport() {
        TransportChoice choice = TransportChoice.probe(options.transport());
        if (choice.isFallback()) {
            LOG.warn("sockets by {}", choice);
        } else {
            LOG.info("sockets by {}", choice);
        }
        return choice;
    }

    private Uptake uptake(ListenerManager manager, Loops loops) {
        return new Uptake() {
            @Override
            public Map<String, String> prepare(Map<String, Listener> listeners) {
                return manager.prepare(listeners);
            }

            @Override
            public void whenSettled(Runnable task) {
                // Also where the configuration is the one of before, and only now its listeners can be had.
                applyListeners(manager, snapshots.get());
                loops.whenSettled(SETTLE_BOUND, task);
            }
        };
    }

    private void startReports(ControlLink link, ProxyNode presented, Metrics metrics, RecentRequests recent) {
        AdminPages pages = admin;
        if (pages == null) {
            throw new IllegalStateException("reports start after the admin pages");
        }
        EdgeReporter reporter = new EdgeReporter(
                link.channel(),
                presented.id(),
                metrics,
                new EdgeReporter.Answers() {
                    @Override
                    public String byRequestId(String requestId) {
                        return recent.json(requestId);
                    }

                    @Override
                    public String byAdminPath(String path) {
                        return pages.body(path);
                    }
                },
                control);
        reporter.start();
        stops.push(reporter::stop);
    }

    /** On the control loop, as listeners' files are read there too. */
    private void refreshCertificates(CertificateFiles files) {
        var _ = control.schedule(CERTIFICATE_FILES_INTERVAL, () -> {
            refreshCertificates(files);
            files.refresh();
        });
    }

    /** Whether there is one, which only its owner gets into. */
    private boolean makeStateDirectory() throws ProxyFailedException {
        try {
            PrivateFiles.ensureDirectory(options.stateDirectory());
            control.schedule(Duration.ZERO, () -> bootstrap.keep(new BootstrapCache(options.stateDirectory())));
            return true;
        } catch (IOException e) {
            if (settings.ads() == null) {
                // All that would be there is what makes the next start faster.
                LOG.debug("the bootstrap is not kept: {}", e.getMessage());
                return false;
            }
            throw new ProxyFailedException(
                    "the state directory " + options.stateDirectory() + ": " + e.getMessage(), e);
        }
    }

    private ControlLink connectControlPlane(TlsContexts contexts, SvidVerifier verifier, EventLoops sockets)
            throws ProxyFailedException {
        String name = settings.ads() == null ? "" : settings.ads().cluster();
        Cluster cluster = snapshots.get().clusters().get(name);
        if (cluster == null) {
            throw new ProxyFailedException("the control plane's cluster " + name + " is not there");
        }
        ControlLink link = ControlLink.to(cluster, node, options, contexts, verifier, control, sockets);
        try {
            link.start();
        } catch (Exception e) {
            link.stop();
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw new ProxyFailedException(String.valueOf(e.getMessage()), e);
        }
        stops.push(link::stop);
        return link;
    }

    private int inboundPort = -1;
    private int outboundPort = -1;

    /** The node as the control plane is told of it: with the ports that its listeners shall have. */
    private ProxyNode choosePorts() throws ProxyFailedException {
        if (!node.hasWorkload()) {
            return settings.node();
        }
        try {
            Ports ports = new Ports(options.stateDirectory());
            inboundPort =
                    node.inboundPort() < 0 ? -1 : ports.choose("inbound", node.inboundAddress(), node.inboundPort());
            outboundPort = node.outboundPort() < 0 ? -1 : ports.choose("outbound", "127.0.0.1", node.outboundPort());
        } catch (IOException e) {
            throw new ProxyFailedException("no ports for the listeners: " + e.getMessage(), e);
        }
        return settings.node()
                .withWeftMetadata(
                        Map.of("inboundPort", Math.max(0, inboundPort), "outboundPort", Math.max(0, outboundPort)));
    }

    private LocalWorkload workload(@Nullable Watched<WorkloadIdentity> identity) {
        SpiffeId id = identity == null ? null : identity.get().id();
        return new LocalWorkload(node.namespace(), node.workload(), node.serviceAccount(), node.labels(), id);
    }

    private static ConfigSnapshot staticConfiguration(BootstrapSettings settings) {
        Map<String, Listener> listeners = new HashMap<>();
        settings.listeners().forEach(listener -> listeners.put(listener.name(), listener));
        Map<String, Cluster> clusters = new HashMap<>();
        settings.clusters().forEach(cluster -> clusters.put(cluster.name(), cluster));
        return new ConfigSnapshot(0, listeners, Map.of(), clusters);
    }

    private void openStaticListeners(ListenerManager manager) throws ProxyFailedException {
        manager.apply(snapshots.get());
        if (!manager.failures().isEmpty()) {
            throw new ProxyFailedException(String.join("\n", manager.failures().values()));
        }
    }

    private void applyListeners(ListenerManager manager, ConfigSnapshot snapshot) {
        manager.apply(snapshot);
        registerOnceListening(manager);
        if (!manager.failures().isEmpty() && !retryingListeners) {
            // Who has the port may leave it: the process that was here before, which still ends.
            retryingListeners = true;
            control.schedule(LISTEN_AGAIN, () -> {
                retryingListeners = false;
                applyListeners(manager, snapshots.get());
            });
        }
    }

    private Set<InetSocketAddress> ownAddresses() {
        ListenerManager manager = listeners;
        Set<InetSocketAddress> own = manager == null
                ? new HashSet<>()
                : new HashSet<>(manager.addresses().values());
        InetSocketAddress admin = adminAddress;
        if (admin != null) {
            own.add(admin);
        }
        return own;
    }

    private void prepareRegistration(ControlLink link, ProxyNode presented) {
        if (node.services().isEmpty() || inboundPort < 0) {
            return;
        }
        List<ServiceOffer> services = node.services().stream()
                .map(service -> new ServiceOffer(
                        service.name(),
                        service.port(),
                        service.applicationPort(),
                        service.protocol(),
                        service.healthPath().isEmpty() ? HealthCheck.CONNECT : HealthCheck.http(service.healthPath())))
                .toList();
        Registrar prepared = new Registrar(
                link.channel(),
                control,
                List.of(new WorkloadOffer(
                        presented.id(),
                        node.namespace(),
                        node.workload(),
                        node.serviceAccount(),
                        node.labels(),
                        node.address(),
                        inboundPort,
                        WorkloadOffer.Place.NONE,
                        services)),
                Registrar.BACKOFF);
        registrar = prepared;
        stops.push(prepared::stop);
    }

    /** Not before: clients that hear of an instance connect to it at once. */
    private void registerOnceListening(ListenerManager manager) {
        Registrar waiting = registrar;
        boolean listens = manager.addresses().values().stream().anyMatch(address -> address.getPort() == inboundPort);
        if (waiting != null && !registering && listens) {
            registering = true;
            waiting.start();
        }
    }

    private void startAdmin(
            EventLoops sockets,
            @Nullable Assembler assembler,
            @Nullable AdsClient ads,
            @Nullable ControlLink link,
            Metrics metrics,
            ProcessText process)
            throws ProxyFailedException {
        ListenerManager manager = listeners;
        ClusterManager clusterManager = clusters;
        Drain ending = drain;
        if (manager == null || clusterManager == null || ending == null) {
            throw new IllegalStateException("admin starts last");
        }
        ControlPlaneText controlPlane = new ControlPlaneText(ads, assembler, link == null ? null : link.svids());
        AdminPages pages = new AdminPages(
                manager,
                clusterManager,
                new ConfigDump(bootstrap.parsed(), assembler, ads, control),
                new CertificatesPage(link == null ? null : link.svids(), metrics.handshakes()),
                () -> awaited(assembler),
                new DrainPage(ending),
                () -> metrics.text() + process.metrics() + controlPlane.metrics());
        admin = pages;
        if (settings.admin() == null) {
            return;
        }
        AdminServer server = new AdminServer(sockets, pages.all());
        try {
            InetSocketAddress address = server.start(new InetSocketAddress(
                    settings.admin().host(), settings.admin().port()));
            adminAddress = address;
            LOG.info("admin on {}", address);
        } catch (IOException e) {
            throw new ProxyFailedException(String.valueOf(e.getMessage()), e);
        }
        stops.push(server::close);
    }

    private String awaited(@Nullable Assembler assembler) {
        if (assembler != null && !assembler.state().get().ready()) {
            return "waiting for the first configuration";
        }
        WarmUp warming = warmUp;
        return warming == null || !warming.isOver() ? "warming up" : "";
    }

    /** Where listeners listen, by name. */
    public Map<String, InetSocketAddress> addresses() {
        return listeners == null ? Map.of() : listeners.addresses();
    }

    /** Whether a configuration is there and all of its listeners listen. */
    public boolean isReady() {
        return admin != null && admin.isReady();
    }

    /**
     * Ends without loss: withdraws its instances and waits until every proxy that held them has acknowledged it, lets requests that run end, the
     * others' first and then its application's own. Returns when all that is done, each part within its bound.
     */
    public void drain() {
        if (drain != null) {
            drain.finish();
        }
    }

    /**
     * The part of {@link #drain} that concerns others: its application may still send requests. Begins it where that was not done.
     *
     * @return whether it was over within the bound
     */
    public boolean drainRequestsOfOthers(Duration most) throws InterruptedException {
        if (drain == null) {
            return true;
        }
        drain.begin();
        return drain.await(most);
    }

    /** A drain waits for nothing any longer. */
    public void hurry() {
        if (drain != null) {
            drain.hurry();
        }
    }

    private CompletableFuture<Withdrawal> withdraw() {
        CompletableFuture<Withdrawal> withdrawn = new CompletableFuture<>();
        control.schedule(Duration.ZERO, () -> {
            Registrar registered = registrar;
            if (registered == null) {
                withdrawn.complete(Withdrawal.CONFIRMED);
            } else {
                registered.drain().thenAccept(withdrawn::complete);
            }
        });
        return withdrawn;
    }

    /** Stops at once; idempotent. */
    @Override
    public void close() {
        while (!stops.isEmpty()) {
            stops.pop().run();
        }
    }
}

package io.weft.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.cli.sidecar.BootstrapFile;
import io.weft.cli.sidecar.ControlAddress;
import io.weft.cli.sidecar.ProgramEnvironment;
import io.weft.cli.sidecar.Subject;
import io.weft.core.identity.PrivateFiles;
import io.weft.tests.rest.Metrics;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A workload: a proxy process and an application process ({@link EchoMain}) beside it, started as two processes ({@code weft proxy}), or both by
 * {@code weft run}. Its ports and its state stay the same over restarts. A pure client has no application.
 */
public final class Instance {
    private static final Duration POLL = Duration.ofMillis(20);

    private final Plan plan;
    private final Path state;
    private final Path bootstrap;
    private final int applicationPort;
    private int outboundPort;
    private int adminPort;
    private @Nullable OsProcess application;
    private @Nullable OsProcess proxy;
    private @Nullable OsProcess run;

    private Instance(Plan plan) throws IOException {
        this.plan = plan;
        this.state = plan.mesh.directory().resolve("proxies").resolve(plan.workload);
        this.bootstrap = state.resolve("bootstrap.json");
        List<Integer> ports = StablePorts.take(3);
        applicationPort = plan.applicationPort == 0 ? ports.get(0) : plan.applicationPort;
        outboundPort = ports.get(1);
        adminPort = ports.get(2);
    }

    /** What an instance is started with. */
    public static final class Plan {
        private final FaultMesh mesh;
        private final String workload;
        private final Map<String, String> labels = new TreeMap<>();
        private final List<String> proxyOptions = new ArrayList<>();
        private final Map<String, String> environment = new TreeMap<>();
        private List<String> prefix = List.of();
        private List<String> program = List.of();
        private String serviceAccount;
        private String address = "127.0.0.1";
        private String service = "";
        private int port;
        private int applicationPort;
        private String protocol = "";
        private String healthPath = "";
        private boolean underRun;
        private boolean awaitReady = true;

        Plan(FaultMesh mesh, String workload) {
            this.mesh = mesh;
            this.workload = workload;
            this.serviceAccount = workload;
        }

        /** What the application serves; the service account is then the service's, where it was not set. */
        public Plan serves(String service, int port, String protocol) {
            this.service = service;
            this.port = port;
            this.protocol = protocol;
            if (serviceAccount.equals(workload)) {
                serviceAccount = service;
            }
            return label("app", service);
        }

        public Plan serviceAccount(String name) {
            serviceAccount = name;
            return this;
        }

        public Plan label(String key, String value) {
            labels.put(key, value);
            return this;
        }

        /** Asked for with GET, instead of a connect. */
        public Plan healthPath(String path) {
            healthPath = path;
            return this;
        }

        /** More options of {@code weft proxy}, such as {@code --drain-seconds 5}; not under {@code weft run}. */
        public Plan proxyOptions(String... options) {
            proxyOptions.addAll(List.of(options));
            return this;
        }

        /** Another application than {@link EchoMain}; {@code {port}} in an argument is where it is to listen. */
        public Plan program(List<String> command) {
            program = List.copyOf(command);
            return this;
        }

        /** An application that is there already, such as one of this JVM. */
        public Plan application(int listening) {
            applicationPort = listening;
            return this;
        }

        /** For both processes. */
        public Plan environment(String name, String value) {
            environment.put(name, value);
            return this;
        }

        /** Stands before the commands of both processes, such as {@code ip netns exec NAME}. */
        public Plan prefix(String... command) {
            prefix = List.of(command);
            return this;
        }

        /** Where other proxies reach it. */
        public Plan address(String ip) {
            address = ip;
            return this;
        }

        /** The test sees to that itself: its processes are not reached from here. */
        public Plan withoutAwaitingReady() {
            awaitReady = false;
            return this;
        }

        /** Started by {@code weft run}, as users do it, instead of as two processes. */
        public Plan underRun() {
            underRun = true;
            return this;
        }

        /** Starts it; returns when the application listens and the proxy has its configuration. */
        public Instance start() throws IOException {
            Instance instance = new Instance(this);
            mesh.add(instance);
            instance.start();
            return instance;
        }
    }

    public String workload() {
        return plan.workload;
    }

    public String service() {
        return plan.service;
    }

    public boolean hasApplication() {
        return plan.port != 0;
    }

    /** Starts what does not run; returns when the application listens and the proxy has its configuration. */
    public void start() throws IOException {
        PrivateFiles.ensureDirectory(state);
        if (plan.underRun) {
            startRun();
            return;
        }
        startApplication();
        startProxy();
    }

    /** Starts the application, where it does not run; returns when it listens. */
    public void startApplication() throws IOException {
        if (!hasApplication() || plan.applicationPort != 0 || isApplicationAlive()) {
            return;
        }
        ProcessBuilder builder = new ProcessBuilder(program());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        ProgramEnvironment.put(builder.environment(), outboundPort);
        application = plan.mesh.spawn(prepared(builder), state.resolve("application.log"));
        awaitListening();
    }

    private List<String> program() {
        if (!plan.program.isEmpty()) {
            return plan.program.stream()
                    .map(word -> word.replace("{port}", Integer.toString(applicationPort)))
                    .toList();
        }
        return plan.mesh
                .weft()
                .java(
                        List.of("-Xmx48m", "-Xss256k"),
                        EchoMain.class.getName(),
                        List.of(
                                plan.workload,
                                Integer.toString(applicationPort),
                                journal().file().toString()))
                .command();
    }

    private void awaitListening() {
        if (!plan.awaitReady) {
            return;
        }
        await().atMost(FaultMesh.BOUND).pollInterval(POLL).until(() -> {
            assertThat(application().isAlive())
                    .as(() -> "the application ended: " + application().logText())
                    .isTrue();
            try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), applicationPort)) {
                return true;
            } catch (IOException e) {
                return false;
            }
        });
    }

    /** Starts the proxy, where it does not run; returns when it has its configuration. */
    public void startProxy() throws IOException {
        beginProxy();
        awaitReady();
    }

    /** As {@link #startProxy}, without waiting. */
    public void beginProxy() throws IOException {
        if (isProxyAlive()) {
            return;
        }
        Path token = state.resolve("join-token");
        if (!Files.exists(bootstrap)) {
            PrivateFiles.write(
                    token, plan.mesh.rest().token(plan.serviceAccount).getBytes(StandardCharsets.UTF_8));
            BootstrapFile.write(bootstrap, plan.workload, subject(), control(), outboundPort, adminPort);
        }
        List<String> arguments = new ArrayList<>(List.of(
                "proxy",
                "-c",
                bootstrap.toString(),
                "--state-dir",
                state.toString(),
                "--token-file",
                token.toString(),
                "--transport",
                System.getProperty("weft.transport", "auto"),
                "--concurrency",
                "1",
                "--warm-up-requests",
                "0"));
        arguments.addAll(plan.proxyOptions);
        proxy = plan.mesh.spawn(prepared(plan.mesh.weft().builder(arguments)), state.resolve("proxy.log"));
    }

    private Subject subject() {
        List<Subject.Offered> offered = hasApplication()
                ? List.of(new Subject.Offered(plan.service, plan.port, applicationPort, plan.protocol, plan.healthPath))
                : List.of();
        return new Subject("shop", plan.workload, plan.serviceAccount, plan.labels, plan.address, offered);
    }

    private ControlAddress control() {
        return ControlAddress.parse(plan.mesh.server().xds(), plan.mesh.server().trustDomain());
    }

    private ProcessBuilder prepared(ProcessBuilder builder) {
        List<String> command = new ArrayList<>(plan.prefix);
        command.addAll(builder.command());
        builder.environment().putAll(plan.environment);
        return builder.command(command);
    }

    private void startRun() throws IOException {
        if (run != null && run.isAlive()) {
            return;
        }
        List<String> arguments = new ArrayList<>(List.of(
                "run",
                "-n",
                "shop",
                "--workload",
                plan.workload,
                "--service-account",
                plan.serviceAccount,
                "--address",
                plan.address,
                "--proxy-state-dir",
                state.toString()));
        plan.labels.forEach((key, value) -> arguments.addAll(List.of("--label", key + "=" + value)));
        if (hasApplication()) {
            arguments.addAll(List.of(
                    "--service",
                    plan.service,
                    "--port",
                    Integer.toString(plan.port),
                    "--app-port",
                    Integer.toString(applicationPort)));
            if (!plan.protocol.isEmpty()) {
                arguments.addAll(List.of("--protocol", plan.protocol));
            }
            if (!plan.healthPath.isEmpty()) {
                arguments.addAll(List.of("--health-path", plan.healthPath));
            }
        }
        arguments.add("--");
        arguments.addAll(hasApplication() ? program() : List.of("sleep", "100000"));
        run = plan.mesh.spawn(prepared(plan.mesh.weft().builder(arguments)), state.resolve("run.log"));
        await().atMost(FaultMesh.BOUND).pollInterval(POLL).until(this::findChildren);
        readPorts();
        if (hasApplication()) {
            awaitListening();
        }
        awaitReady();
    }

    private boolean findChildren() {
        assertThat(run().isAlive())
                .as(() -> "weft run ended: " + run().logText())
                .isTrue();
        proxy = child(words -> words.contains(bootstrap.toString()), "proxy.log");
        application = child(
                words -> words.contains(hasApplication() ? journal().file().toString() : "100000"), "run.log");
        return proxy != null && application != null;
    }

    private @Nullable OsProcess child(Predicate<String> isIt, String log) {
        try (Stream<ProcessHandle> children =
                ProcessHandle.of(run().pid()).stream().flatMap(ProcessHandle::children)) {
            return children.filter(child -> isIt.test(FaultMesh.commandLine(Path.of("/proc", "" + child.pid()))))
                    .findFirst()
                    .map(child -> new OsProcess(child, state.resolve(log)))
                    .orElse(null);
        }
    }

    private void readPorts() throws IOException {
        JsonNode json = JsonMapper.shared().readTree(Files.readString(bootstrap));
        outboundPort = json.at("/node/metadata/weft/outboundPort").asInt();
        adminPort = json.at("/admin/address/socket_address/port_value").asInt();
    }

    /** Returns when the proxy says that it is ready. */
    public void awaitReady() {
        if (!plan.awaitReady) {
            return;
        }
        await().atMost(FaultMesh.BOUND).pollInterval(POLL).until(() -> {
            assertThat(proxy().isAlive())
                    .as(() -> "the proxy ended: " + proxy().logText())
                    .isTrue();
            return isReady();
        });
    }

    private boolean isReady() {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) admin().resolve("/ready").toURL().openConnection(Proxy.NO_PROXY);
            connection.setConnectTimeout(1000);
            connection.setReadTimeout(1000);
            try {
                return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
            } finally {
                connection.disconnect();
            }
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns when the control plane gives requests to it. */
    public void awaitAvailable() {
        await().atMost(FaultMesh.BOUND).until(() -> plan.mesh.rest().isAvailable(plan.service, plan.workload));
    }

    /** Returns when the control plane gives no requests to it. */
    public void awaitUnavailable() {
        await().atMost(FaultMesh.BOUND).until(() -> !plan.mesh.rest().isAvailable(plan.service, plan.workload));
    }

    public OsProcess application() {
        return Objects.requireNonNull(application, plan.workload + " has no application");
    }

    public OsProcess proxy() {
        return Objects.requireNonNull(proxy, plan.workload + " has no proxy");
    }

    /** {@code weft run}, where it is {@link Plan#underRun}. */
    public OsProcess run() {
        return Objects.requireNonNull(run, plan.workload + " was not started by weft run");
    }

    public boolean isApplicationAlive() {
        return application != null && application.isAlive();
    }

    public boolean isProxyAlive() {
        return proxy != null && proxy.isAlive();
    }

    /** Both at the same moment, with {@code weft run} where there is one. */
    public void killAll() {
        List<OsProcess> processes = Stream.of(
                        Optional.ofNullable(run), Optional.ofNullable(proxy), Optional.ofNullable(application))
                .flatMap(Optional::stream)
                .toList();
        processes.forEach(OsProcess::beginKill);
        processes.forEach(OsProcess::awaitEnd);
    }

    /** As an operator stops it: the proxy first, which drains, then the application; or {@code weft run}, which does the same. */
    public void stop() {
        if (run != null) {
            run.terminate();
            run.awaitEnd();
            return;
        }
        proxy().terminate();
        proxy().awaitEnd();
        if (application != null) {
            application.terminate();
            application.awaitEnd();
        }
    }

    /** Where an application reaches its proxy. */
    public InetSocketAddress outbound() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), outboundPort);
    }

    /** The proxy's admin server. */
    public URI admin() {
        return URI.create("http://127.0.0.1:" + adminPort);
    }

    public int applicationPort() {
        return applicationPort;
    }

    /** Where other proxies reach this one. */
    public int inboundPort() throws IOException {
        Properties ports = new Properties();
        try (var in = Files.newInputStream(state.resolve("ports.properties"))) {
            ports.load(in);
        }
        return Integer.parseInt(ports.getProperty("inbound"));
    }

    /** The proxy's state directory. */
    public Path state() {
        return state;
    }

    /** What the proxy's {@code /metrics} say now. */
    public Metrics metrics() throws IOException, InterruptedException {
        return Metrics.scrape(admin());
    }

    public AccessLog accessLog() {
        return new AccessLog(state.resolve("proxy.log"));
    }

    /** Where MeshConfig's {@code accessLog} is true. */
    public Witness witness() {
        return new Witness(() -> accessLog().failed(), this::metrics);
    }

    /** Which requests its application has carried out. */
    public Journal journal() {
        return new Journal(state.resolve("journal"));
    }

    @Override
    public String toString() {
        return plan.workload;
    }
}

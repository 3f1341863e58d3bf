package io.weft.cli;

import io.weft.cli.failure.CommandFailedException;
import io.weft.cli.process.Launcher;
import io.weft.cli.process.Reaper;
import io.weft.cli.rest.ControlPlane;
import io.weft.cli.rest.ServerLocation;
import io.weft.cli.sidecar.ControlAddress;
import io.weft.cli.sidecar.Program;
import io.weft.cli.sidecar.ProgramFile;
import io.weft.cli.sidecar.Sidecar;
import io.weft.cli.sidecar.Subject;
import io.weft.cli.state.StatePaths;
import io.weft.cli.state.Workplace;
import io.weft.core.identity.JoinToken;
import io.weft.core.identity.PrivateFiles;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.violation.Unreadable;
import io.weft.proxy.ProxyOptions;
import io.weft.proxy.transport.TransportKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weft run}: a program with a proxy beside it. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a program with a proxy beside it, and ends with the program's exit code.",
            "The program reaches the mesh through the proxy variables that it finds in its environment."
        })
final class RunCommand implements Callable<Integer> {
    private static final Duration READY_BOUND = Duration.ofSeconds(30);
    private static final String JOIN_TOKEN = "join-token";
    private static final int TOKEN_SECONDS = 600;
    private static final int MAX_PORT = 65_535;
    private static final int MAX_NAME = 50;
    private static final int MAX_COPIES = 100;
    private static final long MAX_DRAIN_SECONDS = ProxyOptions.MAX_DRAIN_BOUND.toSeconds();

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--service", paramLabel = "NAME", description = "the Service that the program serves")
    private @Nullable String service;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "the Service's port; without it the program is a pure client")
    private int port;

    @Option(
            names = "--app-port",
            paramLabel = "N",
            description = "where the program listens on loopback; default: the Service's port")
    private int applicationPort;

    @Option(
            names = "--protocol",
            paramLabel = "PROTOCOL",
            description = "http, http2, grpc or tcp; default: the Service's, or detected")
    private String protocol = "";

    @Option(
            names = "--health-path",
            paramLabel = "PATH",
            description = "asked for with GET to see whether the program is well; default: a TCP connect is enough")
    private String healthPath = "";

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            description = "default: ${DEFAULT-VALUE}")
    private String namespace = "default";

    @Option(
            names = "--service-account",
            paramLabel = "NAME",
            description = "whose identity it has; default: the Service's name, or \"default\"")
    private @Nullable String serviceAccount;

    @Option(names = "--label", paramLabel = "NAME=VALUE", description = "of the workload, such as version=v2")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(names = "--workload", paramLabel = "NAME", description = "default: made of the service and the port")
    private @Nullable String workload;

    @Option(
            names = "--address",
            paramLabel = "IP",
            description = "where other proxies reach this one; default: as the control plane sees this host")
    private @Nullable String address;

    @Option(
            names = "--server",
            paramLabel = "HOST:PORT",
            description = "the control plane's port for proxies (15010), elsewhere; needs --token-file")
    private @Nullable String server;

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            description = "the state directory of the control plane on this host; default: below the user's state")
    private @Nullable Path serverState;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "holds a join token (weft token create); default: the control plane on this host gives one")
    private @Nullable Path tokenFile;

    @Option(
            names = "--proxy-state-dir",
            paramLabel = "DIR",
            description = "of the proxy's identity and configuration; default: below the user's state")
    private @Nullable Path proxyState;

    @Option(
            names = "--clock-leeway",
            paramLabel = "DURATION",
            description = "of the proxy: how long peers' certificates are believed beyond their life; default: 60s")
    private @Nullable String clockLeeway;

    @Option(
            names = "--warm-up-requests",
            paramLabel = "N",
            description =
                    "requests of the proxy to itself before the program starts; 0: none; default: the proxy's own")
    private @Nullable Integer warmUpRequests;

    @Option(
            names = "--transport",
            paramLabel = "KIND",
            description = "of the proxy: auto, io_uring, epoll or nio; default: auto")
    private @Nullable String transport;

    @Option(
            names = "--drain-seconds",
            paramLabel = "N",
            description = {
                "how long requests that run may take to end at SIGTERM, before the program gets it, 0 to 3600;",
                "0: it gets it at once; default: ${DEFAULT-VALUE}"
            })
    private long drainSeconds = ProxyOptions.DEFAULT_DRAIN_BOUND.toSeconds();

    @Parameters(arity = "1..*", paramLabel = "COMMAND", description = "the program and its arguments, behind --")
    private List<String> command = List.of();

    @Override
    public Integer call() throws CommandFailedException, InterruptedException {
        checkUsage();
        ProgramFile.check(command.getFirst());
        if (protocol.equals("tcp") && spec != null) {
            spec.commandLine()
                    .getErr()
                    .println("weft run: only HTTP is carried yet: nobody in the mesh reaches " + service + ":" + port);
        }
        Program program = new Program(System.err);
        program.takeSignals();
        try (Workplace place = takePlace();
                Reaper reaper = Reaper.start()) {
            Sidecar.Plan plan = plan(place);
            try (Sidecar sidecar = Sidecar.start(plan, Launcher.own(), reaper)) {
                sidecar.awaitReady(READY_BOUND, program::isStopped, line -> System.err.println("weft run: " + line));
                if (program.isStopped()) {
                    return program.stoppedCode();
                }
                return program.run(command, sidecar, reaper);
            }
        } catch (IOException e) {
            if (program.isStopped()) {
                return program.stoppedCode();
            }
            throw CommandFailedException.failed("weft run: " + Unreadable.sentence(e));
        } catch (CommandFailedException | InterruptedException e) {
            // Whoever stops it interrupts whatever its start waits for.
            if (program.isStopped()) {
                return program.stoppedCode();
            }
            throw e;
        }
    }

    private void checkUsage() {
        checkProxyOptions();
        requireUsage(port >= 0 && port <= MAX_PORT, "--port " + port + ": expected 1 to " + MAX_PORT);
        requireUsage(
                applicationPort >= 0 && applicationPort <= MAX_PORT,
                "--app-port " + applicationPort + ": expected 1 to " + MAX_PORT);
        requireUsage(service != null || port == 0, "--port " + port + ": expected --service as well");
        requireUsage(service == null || port != 0, "--service " + service + ": expected --port as well");
        requireUsage(port != 0 || applicationPort == 0, "--app-port " + applicationPort + ": expected --port as well");
        requireUsage(
                List.of("", "http", "http2", "grpc", "tcp").contains(protocol),
                "--protocol " + protocol + ": expected http, http2, grpc or tcp");
        requireUsage(
                healthPath.isEmpty() || healthPath.startsWith("/"),
                "--health-path " + healthPath + ": expected a path that begins with /");
        requireUsage(
                drainSeconds >= 0 && drainSeconds <= MAX_DRAIN_SECONDS,
                "--drain-seconds " + drainSeconds + ": expected 0 to " + MAX_DRAIN_SECONDS);
        requireUsage(
                server == null || tokenFile != null,
                "--server " + server
                        + ": expected --token-file as well, since only the control plane's own host can ask"
                        + " it for a token");
    }

    private void checkProxyOptions() {
        if (spec == null) {
            return;
        }
        try {
            if (clockLeeway != null) {
                SvidVerifier.checkedLeeway(Durations.parse("--clock-leeway", clockLeeway));
            }
            if (transport != null) {
                TransportKind.named(transport);
            }
            if (warmUpRequests != null) {
                ProxyOptions.checkedWarmUpRequests(warmUpRequests);
            }
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private void requireUsage(boolean condition, String message) {
        if (!condition && spec != null) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    /** Of the workload's name where it was given, else of the first name that no running one has. */
    private Workplace takePlace() throws IOException, CommandFailedException {
        Path base = proxyState != null ? proxyState : StatePaths.proxies();
        if (proxyState != null || workload != null) {
            String name = workload == null ? defaultName() : workload;
            Path directory = proxyState != null ? base : base.resolve(namespace + "." + name);
            return Workplace.take(directory)
                    .orElseThrow(() -> CommandFailedException.failed("workload " + name + " of namespace " + namespace
                            + " runs already on this host (" + directory + "): take another --workload"));
        }
        for (int copy = 1; copy <= MAX_COPIES; copy++) {
            String name = defaultName() + (copy == 1 ? "" : "-" + copy);
            Optional<Workplace> place = Workplace.take(base.resolve(namespace + "." + name));
            if (place.isPresent()) {
                workload = name;
                return place.get();
            }
        }
        throw CommandFailedException.failed(
                MAX_COPIES + " workloads named " + defaultName() + " run on this host: give this one a --workload");
    }

    private String defaultName() {
        if (service != null) {
            return service + "-" + (applicationPort == 0 ? port : applicationPort);
        }
        Path file = Path.of(command.getFirst()).getFileName();
        String name = (file == null ? "program" : file.toString())
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9-]+", "-")
                .replaceAll("^-+|-+$", "");
        String cut = name.substring(0, Math.min(name.length(), MAX_NAME)).replaceAll("-+$", "");
        return cut.isEmpty() ? "program" : cut;
    }

    private String account() {
        return serviceAccount != null ? serviceAccount : service != null ? service : "default";
    }

    private Sidecar.Plan plan(Workplace place) throws IOException, CommandFailedException {
        String name = workload == null ? defaultName() : workload;
        Path token;
        ControlAddress control;
        if (server != null && tokenFile != null) {
            JoinToken join = read(tokenFile);
            try {
                control =
                        ControlAddress.parse(server, join.claims().trustDomain().name());
            } catch (IllegalArgumentException e) {
                throw CommandFailedException.invalid("--server " + e.getMessage());
            }
            token = tokenFile;
        } else {
            Path state = place.path();
            ControlAddress found;
            Path proof;
            try {
                ServerLocation location = ServerLocation.read(serverState == null ? StatePaths.server() : serverState);
                found = ControlAddress.parse(location.xds(), location.trustDomain());
                proof = tokenFile == null ? askForToken(location, state, name) : tokenFile;
            } catch (CommandFailedException away) {
                found = ControlAddress.remembered(state).orElseThrow(() -> away);
                proof = tokenFile == null ? state.resolve(JOIN_TOKEN) : tokenFile;
                System.err.println("weft: " + String.join("; ", away.lines())
                        + ". The proxy starts with the certificate and the configuration that it had");
            }
            control = found;
            token = proof;
        }
        List<Subject.Offered> services = service == null
                ? List.of()
                : List.of(new Subject.Offered(
                        service, port, applicationPort == 0 ? port : applicationPort, protocol, healthPath));
        Subject subject = new Subject(
                namespace, name, account(), labels, address == null ? control.ownAddress() : address, services);
        return new Sidecar.Plan(
                name + "." + namespace + "." + host(),
                subject,
                control,
                place.path(),
                token,
                Duration.ofSeconds(drainSeconds),
                proxyOptions());
    }

    private List<String> proxyOptions() {
        List<String> options = new ArrayList<>();
        if (clockLeeway != null) {
            options.addAll(List.of("--clock-leeway", clockLeeway));
        }
        if (transport != null) {
            options.addAll(List.of("--transport", transport));
        }
        if (warmUpRequests != null) {
            options.addAll(List.of("--warm-up-requests", warmUpRequests.toString()));
        }
        return options;
    }

    private static JoinToken read(Path file) throws CommandFailedException {
        try {
            return JoinToken.parse(new String(PrivateFiles.read(file), StandardCharsets.UTF_8).strip());
        } catch (IOException e) {
            throw CommandFailedException.failed("the join token cannot be read: " + Unreadable.sentence(e));
        } catch (IllegalArgumentException e) {
            throw CommandFailedException.invalid(file + ": " + e.getMessage());
        }
    }

    private Path askForToken(ServerLocation location, Path state, String name)
            throws IOException, CommandFailedException {
        String apiToken = Files.readString(location.tokenFile()).strip();
        try (ControlPlane plane = new ControlPlane(URI.create(location.rest()), apiToken)) {
            String token = plane.post(
                            "/tokens",
                            Map.of(),
                            Map.of(
                                    "namespace", namespace,
                                    "serviceAccount", account(),
                                    "workload", name,
                                    "ttlSeconds", TOKEN_SECONDS))
                    .required("token")
                    .asString();
            Path file = state.resolve(JOIN_TOKEN);
            PrivateFiles.write(file, token.getBytes(StandardCharsets.UTF_8));
            return file;
        }
    }

    private static String host() {
        try {
            String name = InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9._-]", "-");
            return name.isEmpty() ? "host" : name;
        } catch (UnknownHostException e) {
            return "host";
        }
    }
}

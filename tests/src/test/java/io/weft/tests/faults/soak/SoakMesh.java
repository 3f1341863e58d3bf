package io.weft.tests.faults.soak;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.weft.tests.faults.FaultMesh;
import io.weft.tests.faults.Instance;
import io.weft.tests.faults.pairing.Application;
import io.weft.tests.faults.pairing.FramedApplication;
import io.weft.tests.faults.pairing.PlainApplication;
import io.weft.tests.faults.pairing.Shape;
import io.weft.tests.faults.wire.Upstream;
import io.weft.tests.planes.GrpcApplication;
import io.weft.tests.planes.RawApplication;
import io.weft.tests.rest.Documents;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ServerSocketFactory;

/** Processes of a control plane and of a proxy for each service; the applications are this JVM's, so that both ends of each exchange are seen. */
final class SoakMesh implements AutoCloseable {
    /** Two of these share the requests to the first. */
    static final String PLAIN = "plain";

    static final String OTHER_PLAIN = "plain-b";
    static final String FRAMED = "framed";
    static final String GRPC = "grpc";

    /** Answers as it should, at its client's pace. */
    static final String CALM = "calm";

    /** Leaves, resets and says what is not HTTP, as it is told. */
    static final String ROUGH = "rough";

    static final String SOCKET = "socket";

    static final int PORT = 8080;

    /** What else is one second would be too short where the machine is busy with ten processes that start. */
    static final String CONNECT_TIMEOUT = "timeouts: {connect: 5s}";

    static final List<Shape> SHAPES = Stream.concat(
                    Shape.small().stream(), Stream.concat(Shape.large(300_000).stream(), Shape.large(1).stream()))
            .toList();

    private static final Map<String, String> PROTOCOLS = Map.of(
            PLAIN,
            "http",
            OTHER_PLAIN,
            "http",
            FRAMED,
            "http2",
            GRPC,
            "grpc",
            CALM,
            "http",
            ROUGH,
            "http",
            SOCKET,
            "http");

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final List<AutoCloseable> applications = new ArrayList<>();
    private final FaultMesh mesh;
    private final Application plain;
    private final Application framed;
    private final RawApplication carried;
    private final Instance client;

    SoakMesh(Path directory) throws Exception {
        plain = keep(new PlainApplication(SHAPES, true, ServerSocketFactory.getDefault()));
        framed = keep(new FramedApplication(SHAPES, loops, null));
        carried = keep(new RawApplication(SocketActs::serveBytes));
        mesh = FaultMesh.start(directory, "--svid-ttl", "10s", "--clock-leeway", "2s");
        try {
            mesh.rest()
                    .apply(services()
                            + Documents.ACCESS_LOG
                            + PROTOCOLS.keySet().stream()
                                    .map(service -> Documents.policy(service, CONNECT_TIMEOUT))
                                    .collect(Collectors.joining()));
            List<Instance> started = FaultMesh.startAll(List.of(
                    plan(PLAIN, plain.port()),
                    plan(OTHER_PLAIN, plain.port()),
                    plan(FRAMED, framed.port()),
                    plan(GRPC, keep(new GrpcApplication()).port()),
                    plan(CALM, keep(new Upstream()).port()),
                    plan(ROUGH, keep(new Upstream()).port()),
                    plan(
                            SOCKET,
                            keep(new RawApplication(SocketActs::serveWebSocket)).port()),
                    mesh.instance("client").proxyOptions("--clock-leeway", "2s")));
            client = started.getLast();
            for (String service : PROTOCOLS.keySet()) {
                mesh.awaitAvailable(service, 1);
            }
            mesh.awaitSynced();
        } catch (Exception | Error e) {
            close();
            throw e;
        }
    }

    private <T extends AutoCloseable> T keep(T application) {
        applications.add(application);
        return application;
    }

    private Instance.Plan plan(String service, int application) {
        return mesh.instance(service + "-1")
                .serves(service, PORT, PROTOCOLS.getOrDefault(service, ""))
                .application(application)
                .proxyOptions("--clock-leeway", "2s", "--drain-seconds", "5");
    }

    private static String services() {
        return PROTOCOLS.entrySet().stream()
                .map(service -> """
                        ---
                        apiVersion: v1
                        kind: Service
                        metadata: {name: %1$s, namespace: shop}
                        spec:
                          selector: {app: %1$s}
                          ports: [{name: main, port: %2$d, appProtocol: %3$s}]
                        """.formatted(service.getKey(), PORT, service.getValue()))
                .collect(Collectors.joining());
    }

    /** HOST:PORT of a service. */
    static String authority(String service) {
        return service + ":" + PORT;
    }

    /** HOST:PORT of an application outside the mesh, to which bytes are carried as they are. */
    String carried() {
        return "127.0.0.1:" + carried.port();
    }

    FaultMesh mesh() {
        return mesh;
    }

    EventLoopGroup loops() {
        return loops;
    }

    Application plain() {
        return plain;
    }

    Application framed() {
        return framed;
    }

    /** Where all clients enter. */
    InetSocketAddress proxy() {
        return client.outbound();
    }

    List<Watch> watches() {
        Path histograms = mesh.directory().resolve("histograms");
        List<Watch> watches = new ArrayList<>();
        watches.add(new Watch("control plane", mesh.server().process(), mesh.rest()::metrics, histograms));
        for (Instance instance : mesh.instances()) {
            watches.add(new Watch(instance.workload(), instance.proxy(), instance::metrics, histograms));
        }
        return watches;
    }

    /** Ends each process as an operator does. What did not end as it should: a line each. */
    List<String> stop() {
        List<String> violations = new ArrayList<>();
        for (Instance instance : mesh.instances()) {
            if (!instance.isProxyAlive()) {
                violations.add(instance + " has died: " + instance.proxy().log());
                continue;
            }
            instance.stop();
            ended(instance.workload(), instance.proxy().exitCode(), violations);
        }
        if (mesh.server().process().isAlive()) {
            mesh.server().stop();
            ended("control plane", mesh.server().process().exitCode(), violations);
        } else {
            violations.add(
                    "the control plane has died: " + mesh.server().process().log());
        }
        return violations;
    }

    private static void ended(String name, int code, List<String> violations) {
        // 143: the JVM's own, when SIGTERM was what ended it.
        if (code != 0 && code != 143) {
            violations.add(name + " ended with " + code);
        }
    }

    @Override
    public void close() throws IOException {
        mesh.close();
        for (AutoCloseable application : applications) {
            try {
                application.close();
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
        loops.shutdownGracefully();
    }
}

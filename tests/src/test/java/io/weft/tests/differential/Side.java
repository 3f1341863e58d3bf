package io.weft.tests.differential;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** One proxy with upstreams of its own, so that the two never meet. */
final class Side implements Closeable {
    private final Placeholders placeholders = new Placeholders();
    private final Recorder recorder = new Recorder();
    private final TestCertificates certificates;
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<Closeable> resources = new ArrayList<>();
    private final WireUpstream wire;
    private @Nullable FlagsLog flags;

    Side(TestCertificates certificates) throws IOException, GeneralSecurityException {
        this.certificates = certificates;
        resources.add(() -> loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly());
        placeholders.port("upstreamA", http1("a"));
        placeholders.port("upstreamB", http1("b"));
        wire = new WireUpstream();
        resources.add(wire);
        placeholders.port("upstreamWire", wire.port());
        Http1Upstream secured = new Http1Upstream("secured", recorder, certificates.upstream());
        resources.add(secured);
        placeholders.port("upstreamTls", secured.port());
        Http2Upstream http2 = new Http2Upstream("h2", recorder, loops);
        resources.add(http2);
        placeholders.port("upstreamH2", http2.port());
        // Bound, but nobody listens: connections are refused, and no one else gets the port.
        Socket refused = new Socket();
        resources.add(refused);
        refused.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        placeholders.port("refused", refused.getLocalPort());
        placeholders.text("certs", certificates.folder().toString());
        reserve("listener", "listener2", "listener3", "listener4", "listener5", "admin");
    }

    private int http1(String name) throws IOException {
        Http1Upstream upstream = new Http1Upstream(name, recorder, null);
        resources.add(upstream);
        return upstream.port();
    }

    private void reserve(String... names) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        for (String name : names) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            held.add(socket);
            placeholders.port(name, socket.getLocalPort());
        }
        for (ServerSocket socket : held) {
            socket.close();
        }
    }

    Path writeBootstrap(DifferentialCase differentialCase, Path folder) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve("bootstrap.yaml");
        Path log = folder.resolve("access.log");
        Files.deleteIfExists(log);
        placeholders.text("accessLog", log.toString());
        if (differentialCase.bootstrap().contains("${accessLog}")) {
            flags = new FlagsLog(log);
        }
        Files.writeString(file, differentialCase.rendered(placeholders));
        return file;
    }

    void start(ProxyKind kind, Path bootstrap) throws IOException {
        Path log = bootstrap.resolveSibling("proxy.log");
        resources.add(ProxyProcess.start(kind.command(bootstrap), log, placeholders.portOf("admin")));
    }

    int port(String placeholder) {
        return placeholders.portOf(placeholder);
    }

    WireUpstream wire() {
        return wire;
    }

    Observation send(Request request)
            throws IOException, GeneralSecurityException, InterruptedException, ExecutionException {
        if (request.repeat() > 0) {
            return share(request);
        }
        if (flags != null) {
            flags.skip();
        }
        Observation observed = exchange(request);
        if (flags != null && !request.unlogged()) {
            observed.put("flags", flags.of(observed.clientPort()));
        }
        recorder.drainInto(observed);
        return placeholders.withoutPorts(observed);
    }

    private Observation share(Request request)
            throws IOException, GeneralSecurityException, InterruptedException, ExecutionException {
        Map<String, Integer> counts = new TreeMap<>();
        Map<String, Integer> statuses = new TreeMap<>();
        for (int i = 0; i < request.repeat(); i++) {
            Observation one = exchange(request);
            recorder.drainInto(one);
            statuses.merge(String.valueOf(one.get("status")), 1, Integer::sum);
            counts.merge(String.valueOf(one.get("upstream 0 name")), 1, Integer::sum);
        }
        Observation observed = new Observation();
        observed.put("status", String.join(" ", statuses.keySet()));
        Map<String, List<Integer>> bounds = request.share() == null ? Map.of() : request.share();
        bounds.keySet().forEach(name -> counts.putIfAbsent(name, 0));
        counts.forEach((name, count) -> {
            List<Integer> range = bounds.getOrDefault(name, List.of(0, 0));
            boolean within = count >= range.getFirst() && count <= range.getLast();
            observed.put("share of " + name, within ? "within " + range : count + " is not within " + range);
        });
        return observed;
    }

    private Observation exchange(Request request)
            throws IOException, GeneralSecurityException, InterruptedException, ExecutionException {
        int port = placeholders.portOf(request.listenerOrDefault());
        return switch (request.protocolOrDefault()) {
            case H1 -> new Http1Client(request).send(connect(request, port));
            case H2 ->
                new Http2Client(
                                loops,
                                request,
                                request.tls() == null
                                        ? null
                                        : certificates.http2Client(request.tls().certificate()))
                        .send(port);
        };
    }

    private Socket connect(Request request, int port) throws IOException, GeneralSecurityException {
        Request.Tls tls = request.tls();
        if (tls == null) {
            return new Socket(InetAddress.getLoopbackAddress(), port);
        }
        SSLSocket socket = (SSLSocket) certificates
                .client(tls.certificate())
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), port);
        if (tls.serverName() != null) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(tls.serverName())));
            socket.setSSLParameters(parameters);
        }
        return socket;
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (Closeable resource : resources.reversed()) {
            try {
                resource.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}

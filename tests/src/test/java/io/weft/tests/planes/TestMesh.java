package io.weft.tests.planes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.control.Control;
import io.weft.control.ControlConfig;
import io.weft.control.ServerFile;
import io.weft.tests.rest.MeshRest;
import io.weft.tests.rest.Metrics;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import tools.jackson.databind.JsonNode;

/** A control plane and the proxies that joined it, in this JVM; what they serve is asked for through REST and sockets only. */
public final class TestMesh implements AutoCloseable {
    /** The machine may be busy. */
    public static final Duration BOUND = MeshRest.BOUND;

    private final Path directory;
    private final MeshRest rest;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final int xdsPort;
    private ControlConfig config;
    private Control control;

    /** @param store where it keeps resources: what stops and starts again needs a durable one */
    public TestMesh(Path directory, ControlConfig.Store store) throws IOException {
        this.directory = directory;
        ControlConfig defaults = ControlConfig.forTests(directory.resolve("server"));
        config = new ControlConfig(
                defaults.stateDirectory(),
                defaults.rest(),
                defaults.xds(),
                defaults.metrics(),
                defaults.trustDomain(),
                defaults.svidTtl(),
                store);
        control = Control.start(config);
        rest = new MeshRest(
                () -> new MeshRest.Place(server().rest(), server().metrics(), Path.of(server().tokenFile())));
        String xds = control.serverFile().xds();
        xdsPort = Integer.parseInt(xds.substring(xds.lastIndexOf(':') + 1));
    }

    public TestMesh(Path directory) throws IOException {
        this(directory, ControlConfig.Store.MEMORY);
    }

    public ServerFile server() {
        return control.serverFile();
    }

    public void stopControlPlane() {
        control.close();
    }

    /** Where it was before, since that is where proxies look for it. */
    public void startControlPlane() throws IOException {
        config = new ControlConfig(
                config.stateDirectory(),
                config.rest(),
                ControlConfig.Listen.loopback(xdsPort),
                config.metrics(),
                config.trustDomain(),
                config.svidTtl(),
                config.store());
        control = Control.start(config);
    }

    /** Closed with the mesh, and before what was opened earlier. */
    public <T extends AutoCloseable> T keep(T opened) {
        open.push(opened);
        return opened;
    }

    public Sidecar.Plan sidecar(String workload) {
        return new Sidecar.Plan(this, directory.resolve(workload), workload);
    }

    /** What the control plane answers. */
    public MeshRest rest() {
        return rest;
    }

    /** A join token, as {@code weft token create} makes it. */
    public String token(String serviceAccount) {
        return rest.token(serviceAccount);
    }

    /** Applies documents; returns when every connected proxy runs them. */
    public long apply(String documents) {
        return rest.apply(documents);
    }

    public HttpResponse<String> tryApply(String documents) {
        return rest.tryApply(documents);
    }

    public JsonNode get(String path) {
        return rest.get(path);
    }

    /** Returns when the control plane knows that these run the newest configuration. */
    public void awaitSynced(int proxies) {
        rest.awaitSynced(proxies);
    }

    /** How many instances get requests for a service now, as the control plane sees it. */
    public long available(String service) {
        return rest.available(service);
    }

    /** A metric of the control plane that has no labels. */
    public long metric(String name) {
        Metrics metrics = rest.metrics();
        assertThat(metrics.has(name)).as("no metric " + name).isTrue();
        return (long) metrics.sum(name);
    }

    /** What a proxy counts. */
    public Metrics metrics(String proxy) {
        return Metrics.parse(ask(proxy, "metrics").asString());
    }

    /** What a proxy says of one of its last requests. */
    public JsonNode request(String proxy, String requestId) {
        return ask(proxy, "requests/" + requestId).get(0);
    }

    /** Over its own stream, which it may be opening still. */
    private JsonNode ask(String proxy, String page) {
        String path = "/proxies/" + proxy + "/" + page;
        await().atMost(BOUND).until(() -> rest.tryGet(path).statusCode() == 200);
        return get(path);
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        control.close();
        rest.close();
    }
}

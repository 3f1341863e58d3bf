package io.weft.tests.planes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An instance leaves, by its own will or not, while requests run. */
class DepartureTest {
    private static final String CART = "http://cart:8080/";

    private TestMesh mesh;
    private EchoApplication staying;
    private EchoApplication leaving;
    private Sidecar leavingSidecar;
    private Sidecar frontend;

    @BeforeEach
    void join(@TempDir Path directory) throws Exception {
        mesh = new TestMesh(directory);
        staying = mesh.keep(new EchoApplication("staying"));
        leaving = mesh.keep(new EchoApplication("leaving"));
        instance("cart-1", staying).start();
        leavingSidecar = instance("cart-2", leaving).start();
        frontend = mesh.sidecar("frontend").start();
        await().atMost(TestMesh.BOUND).until(() -> mesh.available("cart") == 2);
        mesh.awaitSynced(3);
    }

    private Sidecar.Plan instance(String workload, EchoApplication application) {
        return mesh.sidecar(workload).serviceAccount("cart").offers("cart", 8080, application.port(), "http");
    }

    @AfterEach
    void leave() {
        mesh.close();
    }

    /** Requests that nobody may try twice: what fails is lost. */
    private Load posts() {
        return new Load(
                frontend,
                8,
                () -> HttpRequest.newBuilder(URI.create(CART)).POST(BodyPublishers.ofString("x")),
                Load::notOk);
    }

    private void awaitBoth() {
        int first = staying.requests();
        int second = leaving.requests();
        await().atMost(TestMesh.BOUND).until(() -> staying.requests() > first + 20 && leaving.requests() > second + 20);
    }

    @Test
    void noRequestIsLostWithAnInstanceThatDrains() throws Exception {
        try (Load load = posts()) {
            awaitBoth();
            leavingSidecar.proxy().drain();
            int last = leaving.requests();
            leavingSidecar.close();
            load.awaitPassed(200);
            assertThat(leaving.requests()).isEqualTo(last);
            assertThat(mesh.available("cart")).isEqualTo(1);
            load.end();
        }
    }

    @Test
    void anInstanceThatReturnsGetsRequestsAgain() throws Exception {
        try (Load load = posts()) {
            awaitBoth();
            leavingSidecar.proxy().drain();
            leavingSidecar.close();
            leavingSidecar.startAgain();
            awaitBoth();
            load.end();
        }
    }

    @Test
    void theOthersServeWhenAnApplicationDies() throws Exception {
        try (Load load = Load.of(frontend, 8, CART)) {
            awaitBoth();
            leaving.close();
            load.awaitPassed(200);
            await().atMost(TestMesh.BOUND).until(() -> mesh.available("cart") == 1);
            load.awaitPassed(200);
            leaving = mesh.keep(new EchoApplication("returned", leaving.port()));
            awaitBoth();
            load.end();
        }
    }

    @Test
    void theOthersServeWhenAProxyDies() throws Exception {
        try (Load load = Load.of(frontend, 8, CART)) {
            awaitBoth();
            leavingSidecar.proxy().close();
            load.awaitPassed(200);
            await().atMost(TestMesh.BOUND).until(() -> mesh.available("cart") == 1);
            load.awaitPassed(200);
            load.end();
        }
    }
}

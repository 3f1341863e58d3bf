package io.weft.tests.faults.outage;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.tests.faults.FaultMesh;
import io.weft.tests.faults.Instance;
import io.weft.tests.mesh.Weft;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The control plane is away for long. */
class AwayTest {
    private static final String CART = "http://cart:8080/";

    @Test
    void aProgramStartsWithoutTheControlPlane(@TempDir Path directory) throws Exception {
        try (FaultMesh mesh = FaultMesh.start(directory)) {
            Instance cart = mesh.instance("cart")
                    .serves("cart", 8080, "http")
                    .underRun()
                    .start();
            Instance web = mesh.client("web");
            mesh.awaitAvailable("cart", 1);
            web.awaitReady();

            mesh.server().kill();
            Weft.Outcome status = statusOf(mesh);
            assertThat(status.code()).isEqualTo(1);
            assertThat(status.err()).contains("no control plane answers");
            cart.killAll();
            cart.start();
            assertThat(cart.run().logText()).contains("The proxy starts with the certificate");
            try (Prober load = new Prober(web, CART)) {
                load.awaitPassed(20);
            }
        }
    }

    private static Weft.Outcome statusOf(FaultMesh mesh) throws Exception {
        return mesh.weft().run(FaultMesh.BOUND, "status");
    }
}

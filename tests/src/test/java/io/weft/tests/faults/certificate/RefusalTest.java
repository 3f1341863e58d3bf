package io.weft.tests.faults.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.weft.tests.faults.FaultMesh;
import io.weft.tests.faults.HttpConnection;
import io.weft.tests.faults.HttpConnection.Response;
import io.weft.tests.faults.Instance;
import io.weft.tests.faults.Reply;
import io.weft.tests.faults.certificate.ForeignTls.Impostor;
import io.weft.tests.faults.certificate.Forger.Credential;
import io.weft.tests.rest.Documents;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Certificates with every flaw, shown to a proxy as server and to a proxy as client: refused, and everybody is told why. */
class RefusalTest {
    @TempDir
    static Path directory;

    private static FaultMesh mesh;
    private static Forger forger;
    private static Instance cart;
    private static Instance web;
    private static final List<Impostor> IMPOSTORS = new ArrayList<>();

    @BeforeAll
    static void startMesh() throws Exception {
        mesh = FaultMesh.start(directory);
        forger = Forger.ofMesh(mesh.server().state());
        cart = mesh.instance("cart-1").serves("cart", 8080, "http").start();
        web = mesh.client("web");
        StringBuilder documents = new StringBuilder(Documents.ACCESS_LOG);
        for (Flaw flaw : Flaw.values()) {
            documents.append(impostor(flaw.serviceName(), flaw.of(forger, flaw.serviceName()), true));
        }
        documents.append(impostor(
                "late",
                forger.svid("late")
                        .life(Duration.ofHours(-1), Duration.ofSeconds(-20))
                        .forged(),
                true));
        documents.append(impostor(
                "early",
                forger.svid("early")
                        .life(Duration.ofSeconds(40), Duration.ofHours(1))
                        .forged(),
                true));
        documents.append(impostor("good", forger.svid("good").forged(), true));
        documents.append(impostor("somebody-else", forger.svid("mallory").forged(), true));
        documents.append(
                impostor("believes-nobody", forger.svid("believes-nobody").forged(), false));
        mesh.rest().apply(documents.toString());
        mesh.awaitAvailable("cart", 1);
    }

    /** A service whose only instance is a server of this test's. */
    private static String impostor(String service, Credential shown, boolean believes) throws IOException {
        Impostor server = new Impostor(shown, believes);
        IMPOSTORS.add(server);
        return """
                ---
                apiVersion: mesh.weft.io/v1
                kind: Workload
                metadata: {name: %1$s, namespace: shop}
                spec:
                  address: 127.0.0.1
                  inboundPort: %2$d
                  serviceAccount: %1$s
                  services: [{name: %1$s, port: 8080, applicationPort: 8080, protocol: http}]
                """.formatted(service, server.port());
    }

    @AfterAll
    static void stopMesh() throws Exception {
        web.witness().assertAgree();
        for (Impostor impostor : IMPOSTORS) {
            impostor.close();
        }
        mesh.close();
    }

    @Test
    void whatTheForgerMakesWithoutAFlawIsAccepted() throws Exception {
        assertThat(ForeignTls.ask(
                        cart.inboundPort(), "http/1.1", forger.svid("anybody").forged()))
                .contains(" 200");
        assertThat(ask("good").status()).isEqualTo(200);
    }

    @Test
    void clocksMayDifferByLessThanAMinute() throws Exception {
        Credential late = forger.svid("late")
                .life(Duration.ofHours(-1), Duration.ofSeconds(-20))
                .forged();
        Credential early = forger.svid("early")
                .life(Duration.ofSeconds(40), Duration.ofHours(1))
                .forged();

        assertThat(ForeignTls.ask(cart.inboundPort(), "http/1.1", late)).contains(" 200");
        assertThat(ForeignTls.ask(cart.inboundPort(), "http/1.1", early)).contains(" 200");
        assertThat(ask("late").status()).isEqualTo(200);
        assertThat(ask("early").status()).isEqualTo(200);
    }

    /** The port of xDS and the CA asks for a certificate, and takes none that is wrong. */
    @ParameterizedTest
    @EnumSource(Flaw.class)
    void theControlPlaneRefusesABadCertificate(Flaw flaw) throws Exception {
        String metric = "weft_tls_handshake_failures_total";
        double before = mesh.rest().metrics().sum(metric, "reason", flaw.reason());
        String xds = mesh.server().xds();
        int port = Integer.parseInt(xds.substring(xds.lastIndexOf(':') + 1));

        Throwable told = catchThrowable(() -> ForeignTls.ask(port, "h2", flaw.of(forger, "intruder")));

        assertThat(told).as("an alert").isInstanceOf(SSLException.class);
        if (flaw == Flaw.NO_DIGITAL_SIGNATURE) {
            return; // BoringSSL refuses it before it asks anybody
        }
        assertThat(mesh.rest().metrics().sum(metric, "reason", flaw.reason())).isEqualTo(before + 1);
        assertThat(mesh.server().process().logText().lines())
                .anySatisfy(line -> assertThat(line).contains("refused handshake reason=" + flaw.reason() + " claim="));
        assertThat(mesh.rest().status().path("refusedJoins"))
                .anySatisfy(join -> assertThat(join.path("reason").asString())
                        .contains("its certificate was not accepted, " + flaw.reason() + ":"));
    }

    @ParameterizedTest
    @EnumSource(Flaw.class)
    void aClientsBadCertificateIsRefused(Flaw flaw) throws Exception {
        Credential shown = flaw.of(forger, "intruder");

        assertServerRefuses(shown, flaw.reason());

        String claim = flaw == Flaw.NO_NAME
                ? "CN=leaf"
                : flaw == Flaw.OTHER_TRUST_DOMAIN ? "spiffe://elsewhere.org" : "intruder";
        assertThat(cart.proxy().logText().lines())
                .anySatisfy(line -> assertThat(line)
                        .contains("handshake with /127.0.0.1:")
                        .contains("failed, " + flaw.reason() + ":")
                        .contains("it claims to be ")
                        .contains(claim));
    }

    @Test
    void aClientWithoutACertificateIsRefused() throws Exception {
        Throwable told = assertServerRefuses(null, "no_certificate");

        assertThat(told).hasStackTraceContaining("certificate_required");
    }

    /** Returns what the client was told. */
    private static Throwable assertServerRefuses(@Nullable Credential shown, String reason) throws Exception {
        double before = failures(cart, "server", reason);

        Throwable told = catchThrowable(() -> ForeignTls.ask(cart.inboundPort(), "http/1.1", shown));

        assertThat(told).as("an alert").isInstanceOf(SSLException.class);
        assertThat(failures(cart, "server", reason)).isEqualTo(before + 1);
        return told;
    }

    @ParameterizedTest
    @EnumSource(Flaw.class)
    void aServersBadCertificateIsRefused(Flaw flaw) throws Exception {
        assertClientRefuses(flaw.serviceName(), flaw.reason());
    }

    @Test
    void aServerThatIsSomebodyElseIsRefused() throws Exception {
        JsonNode line = assertClientRefuses("somebody-else", "wrong_identity");

        assertThat(line.path("details").asString())
                .contains("it states " + Forger.id("mallory"))
                .contains("expected " + Forger.id("somebody-else"));
    }

    @Test
    void aServerThatRefusesUsIsToldFromOneThatWeRefuse() throws Exception {
        JsonNode line = assertClientRefuses("believes-nobody", "refused_by_peer");

        assertThat(line.path("details").asString()).contains("alert certificate_unknown");
    }

    /** Returns the line of the access log. */
    private static JsonNode assertClientRefuses(String service, String reason) throws Exception {
        double before = failures(web, "client", reason);

        Response response = ask(service);

        assertThat(response.status()).isEqualTo(503);
        assertThat(response.header("x-weft-cause")).isEqualTo("tls_" + reason);
        assertThat(response.text())
                .contains("remote connection failure, transport failure reason: TLS_error: " + reason);
        assertThat(failures(web, "client", reason)).isGreaterThan(before);
        JsonNode line = web.witness().assertTold(Reply.of(response));
        assertThat(line.path("flags").asString().split(",")).contains("UF");
        assertThat(line.path("transportFailure").asString()).isEqualTo(reason);
        assertThat(web.proxy().logText().lines())
                .anySatisfy(logged -> assertThat(logged)
                        .contains("upstream 8080." + service + ".shop")
                        .contains("failed, " + reason + ":"));
        return line;
    }

    private static Response ask(String service) throws Exception {
        try (HttpConnection connection = new HttpConnection(web.outbound())) {
            return connection.send(
                    ("GET http://" + service + ":8080/ HTTP/1.1\r\nhost: " + service + ":8080\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII),
                    false,
                    Duration.ofSeconds(20));
        }
    }

    private static double failures(Instance instance, String side, String reason) throws Exception {
        return instance.metrics().sum("weft_tls_handshake_failures_total", "side", side, "reason", reason);
    }
}

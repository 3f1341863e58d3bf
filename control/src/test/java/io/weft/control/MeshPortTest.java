package io.weft.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.weft.api.v1.CertificatesGrpc;
import io.weft.api.v1.Edge;
import io.weft.api.v1.EdgeReport;
import io.weft.api.v1.ReportRequest;
import io.weft.api.v1.ReportResponse;
import io.weft.api.v1.SignRequest;
import io.weft.api.v1.SignResponse;
import io.weft.api.v1.TelemetryGrpc;
import io.weft.control.rest.RestClient;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The port that proxies talk to: a token, a certificate, then reports over mutual TLS that the REST API shows. */
class MeshPortTest {
    @TempDir
    Path directory;

    private final List<ManagedChannel> channels = new ArrayList<>();
    private Control control;
    private RestClient client;

    @BeforeEach
    void start() throws Exception {
        control = Control.start(ControlConfig.forTests(directory.resolve("state")));
        ServerFile where = control.serverFile();
        client = new RestClient(
                where.rest(), Files.readString(Path.of(where.tokenFile())).strip());
    }

    @AfterEach
    void stop() {
        channels.forEach(ManagedChannel::shutdownNow);
        client.close();
        control.close();
    }

    @Test
    void proxyJoinsWithATokenAndReportsOverMutualTls() throws Exception {
        KeyPair key = key();
        SignResponse signed = sign(key, token("web"), "web");
        List<X509Certificate> chain = certificates(signed.getCertificateChainList());
        assertThat(chain.getFirst().getSubjectAlternativeNames().toString())
                .contains("spiffe://cluster.local/ns/shop/sa/web");

        StreamObserver<ReportRequest> report =
                TelemetryGrpc.newStub(channel(key, chain)).report(new Ended(new CompletableFuture<>()));
        report.onNext(ReportRequest.newBuilder()
                .setNodeId("web-1")
                .setEdges(EdgeReport.newBuilder()
                        .addEdges(Edge.newBuilder()
                                .setReporter("source")
                                .setSourceNamespace("shop")
                                .setSourceWorkload("web")
                                .setDestinationNamespace("shop")
                                .setDestinationService("cart")
                                .setProtocol("http")
                                .setMutualTls(true)
                                .setRequests(7)))
                .build());

        await().untilAsserted(() -> {
            JsonNode edge = client.get("/traffic").body().at("/edges/0");
            assertThat(edge.at("/source/name").asString()).isEqualTo("web");
            assertThat(edge.at("/destination/name").asString()).isEqualTo("cart");
            assertThat(edge.at("/total/requests").asInt()).isEqualTo(7);
            assertThat(edge.at("/total/mtls").asBoolean()).isTrue();
        });
    }

    @Test
    void onlySignAnswersWithoutACertificate() throws Exception {
        CompletableFuture<Status> ended = new CompletableFuture<>();
        TelemetryGrpc.newStub(channel(null, List.of())).report(new Ended(ended));
        assertThat(ended.join().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);

        assertThatThrownBy(() -> sign(key(), "weft1.nonsense.nonsense", "web"))
                .isInstanceOf(StatusRuntimeException.class);
        assertThatThrownBy(() -> sign(key(), token("web"), "bank"))
                .as("a token is for its own identity")
                .isInstanceOf(StatusRuntimeException.class);
    }

    private String token(String serviceAccount) throws Exception {
        return client.post(
                        "/tokens",
                        "application/json",
                        "{\"namespace\":\"shop\",\"serviceAccount\":\"" + serviceAccount + "\"}")
                .body()
                .at("/token")
                .asString();
    }

    private SignResponse sign(KeyPair key, String token, String serviceAccount) throws Exception {
        byte[] request = new JcaPKCS10CertificationRequestBuilder(new X500Name(""), key.getPublic())
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()))
                .getEncoded();
        return CertificatesGrpc.newBlockingStub(channel(null, List.of()))
                .sign(SignRequest.newBuilder()
                        .setCertificateSigningRequest(ByteString.copyFrom(request))
                        .setSpiffeId("spiffe://cluster.local/ns/shop/sa/" + serviceAccount)
                        .setJoinToken(token)
                        .build());
    }

    private static KeyPair key() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static List<X509Certificate> certificates(List<ByteString> encoded) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> certificates = new ArrayList<>();
        for (ByteString each : encoded) {
            Certificate read = factory.generateCertificate(new ByteArrayInputStream(each.toByteArray()));
            certificates.add((X509Certificate) read);
        }
        return certificates;
    }

    /** The server's identity is not what is tested here; its own tests do that. */
    private ManagedChannel channel(@Nullable KeyPair key, List<X509Certificate> chain) throws Exception {
        SslContextBuilder tls = GrpcSslContexts.forClient().trustManager(InsecureTrustManagerFactory.INSTANCE);
        if (key != null) {
            tls.keyManager(key.getPrivate(), chain.toArray(X509Certificate[]::new));
        }
        URI xds = URI.create("https://" + control.serverFile().xds());
        ManagedChannel channel = NettyChannelBuilder.forAddress(xds.getHost(), xds.getPort())
                .sslContext(tls.build())
                .build();
        channels.add(channel);
        return channel;
    }

    private record Ended(CompletableFuture<Status> status) implements StreamObserver<ReportResponse> {
        @Override
        public void onNext(ReportResponse response) {}

        @Override
        public void onError(Throwable failure) {
            status.complete(Status.fromThrowable(failure));
        }

        @Override
        public void onCompleted() {
            status.complete(Status.OK);
        }
    }
}

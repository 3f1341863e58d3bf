package io.weft.proxy.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.TlsRejection;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.watch.Watched;
import io.weft.proxy.grpc.GrpcStatus.Code;
import io.weft.proxy.tls.ClientCertificates;
import io.weft.proxy.tls.ServedContext;
import io.weft.proxy.tls.TestAuthority;
import io.weft.proxy.tls.TlsContexts;
import io.weft.proxy.tls.TlsFailures;
import io.weft.proxy.tls.TlsParameters;
import java.security.cert.Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls by mutual TLS. */
class GrpcTlsTest {
    private static final TlsParameters H2 = TlsParameters.mesh(List.of("h2"));

    private final TestAuthority authority = new TestAuthority("example.org");
    private final TlsContexts contexts =
            new TlsContexts(InstantSource.system(), new SvidVerifier(SvidVerifier.DEFAULT_LEEWAY));
    private final Watched<WorkloadIdentity> web = new Watched<>(authority.identity("shop", "web"));
    private final List<Certificate> clients = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    @Test
    void whoeverTheServerIsToBeIsCalledWithTheSvidOfTheMoment() throws Exception {
        TestServer server = server("control-plane", TlsParameters.mesh(List.of("h2")), 0);
        GrpcChannel channel = channel(server.port(), contexts.outbound(web, Set.of(id("control-plane")), H2));
        Heard first = stream(channel);
        await().until(() -> clients.size() == 1);
        assertThat(clients.getLast()).isEqualTo(web.get().svid().leaf());

        web.set(authority.identity("shop", "web"));
        server.kill();
        await().until(() -> first.end != null);
        server("control-plane", H2, server.port());
        channel.connectNow();
        stream(channel);
        await().until(() -> clients.size() == 2);
        assertThat(clients.getLast()).isEqualTo(web.get().svid().leaf());
    }

    @Test
    void serverThatIsSomebodyElseIsNotCalled() throws Exception {
        TestServer server = server("cart", H2, 0);
        Heard heard = stream(channel(server.port(), contexts.outbound(web, Set.of(id("control-plane")), H2)));
        await().until(() -> heard.end != null);
        assertThat(heard.end).satisfies(end -> {
            assertThat(end.code()).isEqualTo(Code.UNAVAILABLE);
            assertThat(end.description()).contains("it states " + id("cart"), "expected " + id("control-plane"));
            assertThat(reason(end)).isEqualTo(TlsRejection.WRONG_IDENTITY);
        });
        assertThat(server.calls).isEmpty();
    }

    @Test
    void serverThatRefusesTheClientSaysSo() throws Exception {
        TestServer server = server("control-plane", H2, 0);
        Watched<WorkloadIdentity> stranger = new Watched<>(new TestAuthority("example.org").identity("shop", "web"));
        // Believes whom it calls, by a bundle that is not its own.
        Watched<WorkloadIdentity> half =
                new Watched<>(new WorkloadIdentity(stranger.get().svid(), authority.bundle()));
        Heard heard = stream(channel(server.port(), contexts.outbound(half, Set.of(id("control-plane")), H2)));
        await().until(() -> heard.end != null);
        assertThat(heard.end).satisfies(end -> {
            assertThat(end.code()).isEqualTo(Code.UNAVAILABLE);
            assertThat(reason(end)).isEqualTo(TlsRejection.REFUSED_BY_PEER);
        });
        assertThat(server.calls).isEmpty();
    }

    private static TlsRejection reason(@Nullable GrpcStatus end) {
        Throwable cause = end == null ? null : end.cause();
        assertThat(cause).isInstanceOf(SSLException.class);
        return cause == null ? TlsRejection.NOT_TLS : TlsFailures.reason(cause);
    }

    private static Heard stream(GrpcChannel channel) {
        Heard heard = new Heard();
        channel.open(TestServer.STREAM, TestServer.MAX_BYTES, heard).request(1);
        return heard;
    }

    private GrpcChannel channel(int port, ServedContext tls) {
        TestChannel channel = new TestChannel(new GrpcTarget("127.0.0.1", port, tls, null));
        open.add(tls);
        open.add(channel);
        return channel.channel;
    }

    private TestServer server(String account, TlsParameters parameters, int port) throws Exception {
        Watched<WorkloadIdentity> identity = new Watched<>(authority.identity("shop", account));
        ServedContext tls = contexts.inbound(identity, ClientCertificates.REQUIRED, parameters);
        TestServer server =
                new TestServer(port, builder -> builder.sslContext(tls).intercept(new Peers()));
        open.add(tls);
        open.add(server);
        return server;
    }

    private SpiffeId id(String account) {
        return authority.id("shop", account);
    }

    private final class Peers implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            var session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
            try {
                assertThat(session).isNotNull();
                clients.add(session.getPeerCertificates()[0]);
            } catch (SSLPeerUnverifiedException e) {
                throw new IllegalStateException(e);
            }
            return next.startCall(call, headers);
        }
    }
}

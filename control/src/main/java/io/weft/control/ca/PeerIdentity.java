package io.weft.control.ca;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.X509Svid;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Tells each call who its peer is, and refuses calls without a client certificate, except those that exist to get one. TLS has
 * verified the chain; that the certificate has not ended since is checked for each call, as connections live longer.
 */
public final class PeerIdentity implements ServerInterceptor {
    /** The identity of the call's peer; absent only in methods that need none. */
    public static final Context.Key<SpiffeId> KEY = Context.key("weft-peer-identity");

    private final Set<String> openMethods;
    private final Duration leeway;
    private final InstantSource clock;

    /** Leaves {@code openMethods} open, full names such as {@code weft.v1.Certificates/Sign}. */
    public PeerIdentity(Set<String> openMethods, Duration leeway, InstantSource clock) {
        this.openMethods = Set.copyOf(openMethods);
        this.leeway = leeway;
        this.clock = clock;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        SpiffeId peer;
        try {
            peer = peer(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
        } catch (IllegalArgumentException e) {
            return refuse(call, "the client certificate is not accepted: " + e.getMessage());
        }
        if (peer != null) {
            return Contexts.interceptCall(Context.current().withValue(KEY, peer), call, headers, next);
        }
        if (openMethods.contains(call.getMethodDescriptor().getFullMethodName())) {
            return next.startCall(call, headers);
        }
        return refuse(call, "this call needs a client certificate of the mesh: get one with a join token first");
    }

    private @Nullable SpiffeId peer(@Nullable SSLSession session) {
        if (session == null) {
            return null;
        }
        Certificate[] chain;
        try {
            chain = session.getPeerCertificates();
        } catch (SSLPeerUnverifiedException none) {
            return null;
        }
        if (chain.length == 0 || !(chain[0] instanceof X509Certificate leaf)) {
            return null;
        }
        Instant end = leaf.getNotAfter().toInstant().plus(leeway);
        if (clock.instant().isAfter(end)) {
            throw new IllegalArgumentException(
                    "it ended at " + leaf.getNotAfter().toInstant());
        }
        return X509Svid.idOf(leaf);
    }

    private static <Q, A> ServerCall.Listener<Q> refuse(ServerCall<Q, A> call, String why) {
        call.close(Status.UNAUTHENTICATED.withDescription(why), new Metadata());
        return new ServerCall.Listener<>() {};
    }
}

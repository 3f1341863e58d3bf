package io.weft.proxy.identity;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import io.weft.api.v1.SignRequest;
import io.weft.api.v1.SignResponse;
import io.weft.core.identity.JoinToken;
import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.SvidVerifier;
import io.weft.core.identity.SvidVerifier.Role;
import io.weft.core.identity.TlsRejectedException;
import io.weft.core.identity.TrustBundle;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.identity.X509Svid;
import io.weft.proxy.grpc.GrpcChannel;
import io.weft.proxy.grpc.GrpcException;
import io.weft.proxy.grpc.GrpcStatus;
import io.weft.proxy.tls.TlsFailures;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Asks for one certificate over a channel that it is given. Blocks. */
public final class IdentityClient {
    private static final String SIGN = "/weft.v1.Certificates/Sign";
    private static final java.time.Duration TIMEOUT = java.time.Duration.ofSeconds(10);
    private static final int MAX_MESSAGE_BYTES = 4 << 20;

    private final GrpcChannel channel;
    private final SvidVerifier verifier;
    private final InstantSource clock;

    public IdentityClient(GrpcChannel channel, SvidVerifier verifier, InstantSource clock) {
        this.channel = channel;
        this.verifier = verifier;
        this.clock = clock;
    }

    /**
     * Makes a key, has it signed, and verifies what came back.
     *
     * @param token proves the identity; absent: the channel's client certificate does
     * @param life zero: the CA's standard one
     */
    public WorkloadIdentity sign(SpiffeId id, @Nullable JoinToken token, java.time.Duration life)
            throws SigningException {
        CertificateRequest certificateRequest = CertificateRequest.create();
        SignRequest.Builder request = SignRequest.newBuilder()
                .setSpiffeId(id.toString())
                .setCertificateSigningRequest(ByteString.copyFrom(certificateRequest.der()));
        if (token != null) {
            request.setJoinToken(token.encoded());
        }
        if (!life.isZero()) {
            request.setTtl(Duration.newBuilder().setSeconds(life.getSeconds()).setNanos(life.getNano()));
        }
        return verified(id, certificateRequest.key(), call(request.build()));
    }

    private SignResponse call(SignRequest request) throws SigningException {
        CompletableFuture<byte[]> answer = channel.call(SIGN, request.toByteArray(), MAX_MESSAGE_BYTES, TIMEOUT);
        try {
            return SignResponse.parseFrom(answer.get());
        } catch (ExecutionException e) {
            throw e.getCause() instanceof GrpcException failed
                    ? failure(failed)
                    : SigningException.passing("the control plane cannot be asked to sign: " + e.getCause(), e);
        } catch (InvalidProtocolBufferException e) {
            throw SigningException.passing("the control plane's answer cannot be read: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw SigningException.passing("the proxy stops", e);
        }
    }

    private static SigningException failure(GrpcException e) {
        GrpcStatus status = e.status();
        return switch (status.code()) {
            case UNAUTHENTICATED, PERMISSION_DENIED, INVALID_ARGUMENT, UNIMPLEMENTED ->
                SigningException.permanent("the control plane refused to sign: " + status.description(), e);
            case OK,
                    CANCELLED,
                    UNKNOWN,
                    DEADLINE_EXCEEDED,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    RESOURCE_EXHAUSTED,
                    FAILED_PRECONDITION,
                    ABORTED,
                    OUT_OF_RANGE,
                    INTERNAL,
                    UNAVAILABLE,
                    DATA_LOSS -> unreachable(e);
        };
    }

    private static SigningException unreachable(GrpcException e) {
        Throwable cause = e.getCause();
        if (!(cause instanceof SSLException)) {
            String why = cause == null ? String.valueOf(e.getMessage()) : String.valueOf(cause.getMessage());
            return SigningException.passing("the control plane cannot be reached: " + why, e);
        }
        String message = "the control plane cannot be asked to sign: " + TlsFailures.sentence(cause);
        return switch (TlsFailures.reason(cause)) {
            // Clocks and connections recover; who the other side is, or what it thinks of us, does not by itself.
            case EXPIRED,
                    NOT_YET_VALID,
                    NO_CLIENT_CERTIFICATE,
                    TIMEOUT,
                    CROWDED_OUT,
                    RATE_LIMITED,
                    CONNECTION_CLOSED,
                    UNKNOWN_SERVER_NAME,
                    NOT_TLS,
                    HANDSHAKE_FAILED -> SigningException.passing(message, e);
            case NOT_AN_SVID,
                    WRONG_TRUST_DOMAIN,
                    WRONG_IDENTITY,
                    SELF_SIGNED,
                    UNKNOWN_AUTHORITY,
                    WRONG_KEY_USAGE,
                    WEAK_CRYPTOGRAPHY,
                    REFUSED_BY_PEER -> SigningException.permanent(message, e);
        };
    }

    private WorkloadIdentity verified(SpiffeId id, KeyPair key, SignResponse response) throws SigningException {
        try {
            List<X509Certificate> chain = certificates(response.getCertificateChainList());
            TrustBundle bundle = new TrustBundle(id.trustDomain(), certificates(response.getTrustBundleList()));
            verifier.verify(chain, Role.CLIENT, bundle, Set.of(id), clock.instant());
            if (!chain.getFirst().getPublicKey().equals(key.getPublic())) {
                throw SigningException.permanent("the control plane signed another key than the one it was sent");
            }
            return new WorkloadIdentity(new X509Svid(id, chain, key.getPrivate()), bundle);
        } catch (TlsRejectedException e) {
            throw SigningException.permanent(
                    "the control plane's answer is not accepted (do the clocks agree?): " + e.getMessage(), e);
        } catch (CertificateException | IllegalArgumentException e) {
            throw SigningException.permanent("the control plane's answer cannot be read: " + e.getMessage(), e);
        }
    }

    private static List<X509Certificate> certificates(List<ByteString> ders) throws CertificateException {
        if (ders.size() > SvidVerifier.MAX_CHAIN) {
            throw new CertificateException(ders.size() + " certificates, expected at most " + SvidVerifier.MAX_CHAIN);
        }
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> certificates = new ArrayList<>();
        for (ByteString der : ders) {
            certificates.add((X509Certificate) factory.generateCertificate(der.newInput()));
        }
        return certificates;
    }
}

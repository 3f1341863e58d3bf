package io.weft.control.ca;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.weft.api.v1.CertificatesGrpc;
import io.weft.api.v1.SignRequest;
import io.weft.api.v1.SignResponse;
import io.weft.control.ca.Attestor.Attested;
import io.weft.core.identity.SpiffeId;
import io.weft.core.time.Ticker;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code weft.v1.Certificates}: attests who asks, and signs. Each answer and each refusal is one line of the audit log. Needs
 * {@link PeerIdentity} before it.
 */
public final class CertificateService extends CertificatesGrpc.CertificatesImplBase {
    /** The method that answers without a client certificate. */
    public static final String SIGN = CertificatesGrpc.getSignMethod().getFullMethodName();

    private static final Logger AUDIT = LoggerFactory.getLogger("io.weft.audit.certificates");
    private static final int MAX_TOKEN = 4096;
    private static final int MAX_SPIFFE_ID = 2048;
    /** The range of google.protobuf.Duration. */
    private static final long LONGEST_TTL_SECONDS = 315_576_000_000L;

    // Two buckets: a storm of new instances must not keep those that run from renewing.
    private static final int PER_SECOND = 200;
    private static final int AT_ONCE = 1000;

    private final CertificateAuthority authority;
    private final Supplier<Duration> longest;
    private final Attestor attestor;
    private final LongAdder signed = new LongAdder();
    private final Map<Status.Code, LongAdder> refused = new ConcurrentHashMap<>();
    private final SigningRate joins;
    private final SigningRate renewals;
    private final RefusedJoins refusedJoins;

    /**
     * A service that signs with an authority.
     *
     * @param longest what the mesh allows at the moment, beside the authority's own bound
     * @param refusedJoins is told of each refusal
     */
    public CertificateService(
            CertificateAuthority authority,
            JoinTokens tokens,
            Ticker ticker,
            Supplier<Duration> longest,
            RefusedJoins refusedJoins) {
        this.authority = authority;
        this.longest = longest;
        this.refusedJoins = refusedJoins;
        this.attestor = new Attestor(tokens);
        this.joins = new SigningRate(PER_SECOND, AT_ONCE, ticker);
        this.renewals = new SigningRate(PER_SECOND, AT_ONCE, ticker);
    }

    @Override
    public void sign(SignRequest request, StreamObserver<SignResponse> answer) {
        SpiffeId peer = PeerIdentity.KEY.get();
        try {
            SpiffeId asked = identity(request);
            Evidence evidence = evidence(request, peer);
            Attested attested = attestor.attest(evidence, asked);
            if (!(evidence instanceof Evidence.Token ? joins : renewals).take()) {
                refuse(request, answer, Status.RESOURCE_EXHAUSTED, "too many certificates are asked for: try again");
                return;
            }
            List<X509Certificate> chain =
                    authority.sign(request.getCertificateSigningRequest().toByteArray(), attested.id(), life(request));
            X509Certificate leaf = chain.getFirst();
            AUDIT.info(
                    "signed serial={} id={} until={} by={}",
                    leaf.getSerialNumber().toString(16),
                    attested.id(),
                    leaf.getNotAfter().toInstant(),
                    attested.how());
            signed.increment();
            answer.onNext(response(chain));
            answer.onCompleted();
        } catch (IllegalArgumentException | CertificateAuthorityException e) {
            refuse(request, answer, Status.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
        } catch (AttestationException e) {
            refuse(
                    request,
                    answer,
                    peer == null && !request.hasJoinToken() ? Status.UNAUTHENTICATED : Status.PERMISSION_DENIED,
                    String.valueOf(e.getMessage()));
        } catch (CertificateEncodingException e) {
            refuse(request, answer, Status.INTERNAL, "a signed certificate has no DER form");
        }
    }

    /** Certificates signed since the start. */
    public long signed() {
        return signed.sum();
    }

    /** Requests refused since the start, by gRPC's name of the status. */
    public Map<String, Long> refused() {
        Map<String, Long> counts = new TreeMap<>();
        refused.forEach((code, count) -> counts.put(code.name().toLowerCase(Locale.ROOT), count.sum()));
        return counts;
    }

    private static SpiffeId identity(SignRequest request) {
        if (request.getSpiffeId().length() > MAX_SPIFFE_ID) {
            throw new IllegalArgumentException("spiffe_id of "
                    + request.getSpiffeId().length() + " characters: expected at most " + MAX_SPIFFE_ID);
        }
        return SpiffeId.parse(request.getSpiffeId());
    }

    private static Evidence evidence(SignRequest request, @Nullable SpiffeId peer) {
        return switch (request.getAttestationCase()) {
            case JOIN_TOKEN -> {
                if (request.getJoinToken().length() > MAX_TOKEN) {
                    throw new IllegalArgumentException("join_token of "
                            + request.getJoinToken().length() + " characters: expected at most " + MAX_TOKEN);
                }
                yield new Evidence.Token(request.getJoinToken());
            }
            case ATTESTATION_NOT_SET -> peer == null ? new Evidence.Nothing() : new Evidence.Peer(peer);
        };
    }

    private Duration life(SignRequest request) {
        Duration allowed = longest.get();
        if (!request.hasTtl()) {
            return allowed;
        }
        long seconds = request.getTtl().getSeconds();
        int nanos = request.getTtl().getNanos();
        if (seconds < 0 || seconds > LONGEST_TTL_SECONDS || nanos < 0 || nanos >= 1_000_000_000) {
            throw new IllegalArgumentException(
                    "ttl of " + seconds + " s and " + nanos + " ns: expected a duration of zero or more");
        }
        Duration asked = Duration.ofSeconds(seconds, nanos);
        return asked.isZero() || asked.compareTo(allowed) > 0 ? allowed : asked;
    }

    private SignResponse response(List<X509Certificate> chain) throws CertificateEncodingException {
        SignResponse.Builder response = SignResponse.newBuilder();
        for (X509Certificate certificate : chain) {
            response.addCertificateChain(ByteString.copyFrom(certificate.getEncoded()));
        }
        for (X509Certificate root : authority.bundle().roots()) {
            response.addTrustBundle(ByteString.copyFrom(root.getEncoded()));
        }
        Instant end = chain.getFirst().getNotAfter().toInstant();
        return response.setExpiresAt(Timestamp.newBuilder().setSeconds(end.getEpochSecond()))
                .build();
    }

    /** Values from the network are cut and freed of line ends before they reach the log. */
    private void refuse(SignRequest request, StreamObserver<SignResponse> answer, Status status, String why) {
        refused.computeIfAbsent(status.getCode(), _ -> new LongAdder()).increment();
        String asked = request.getSpiffeId().replaceAll("[^\\x21-\\x7e]", "?");
        refusedJoins.add(asked, why);
        AUDIT.warn(
                "refused id={} status={} reason={}",
                asked.substring(0, Math.min(asked.length(), 256)),
                status.getCode(),
                why.replaceAll("[^\\x20-\\x7e]", "?"));
        answer.onError(status.withDescription(why).asRuntimeException());
    }
}

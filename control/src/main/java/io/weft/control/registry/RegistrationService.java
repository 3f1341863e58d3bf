package io.weft.control.registry;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weft.api.v1.RegisterRequest;
import io.weft.api.v1.RegisterResponse;
import io.weft.api.v1.RegistrationGrpc;
import io.weft.api.v1.WorkloadRegistration;
import io.weft.core.identity.SpiffeId;
import io.weft.core.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The {@code weft.v1.Registration} service: puts what proxies offer into the {@link Registry}. */
public final class RegistrationService extends RegistrationGrpc.RegistrationImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(RegistrationService.class);
    private static final int MAX_WORKLOADS = 1000;
    /** How long a leaving proxy is kept waiting for the others' acknowledgements; it waits for 10 s itself, and shall hear who is missing. */
    private static final Duration DRAIN_BOUND = Duration.ofSeconds(9);

    private final Registry registry;
    private final PeerClaim claim;
    private final Supplier<Optional<SpiffeId>> peer;

    /** @param peer the identity that the current call's connection proved */
    public RegistrationService(Registry registry, PeerClaim claim, Supplier<Optional<SpiffeId>> peer) {
        this.registry = registry;
        this.claim = claim;
        this.peer = peer;
    }

    @Override
    public StreamObserver<RegisterRequest> register(StreamObserver<RegisterResponse> responses) {
        ServerCallStreamObserver<RegisterResponse> call = (ServerCallStreamObserver<RegisterResponse>) responses;
        Session session = new Session(call, peer.get());
        call.setOnCancelHandler(session::close);
        return session;
    }

    /** One proxy's stream. gRPC calls it from one thread at a time; answers may also come from a scheduler. */
    private final class Session implements StreamObserver<RegisterRequest> {
        private final ServerCallStreamObserver<RegisterResponse> call;
        private final Optional<SpiffeId> owner;
        private Registry.@Nullable Stream stream;
        private volatile Scheduler.@Nullable Cancellable awaited;

        Session(ServerCallStreamObserver<RegisterResponse> call, Optional<SpiffeId> owner) {
            this.call = call;
            this.owner = owner;
        }

        @Override
        public void onNext(RegisterRequest request) {
            try {
                if (request.getRenewal()) {
                    renew(request);
                    return;
                }
                List<Instance> instances = read(request);
                if (stream == null && !instances.isEmpty()) {
                    stream = registry.connect(instances.getFirst().key().nodeId(), owner.orElseThrow());
                }
                long version = stream == null ? 0 : stream.offer(instances);
                answer(accepted(request).build());
                if (!instances.isEmpty() && instances.stream().allMatch(Instance::draining)) {
                    Set<String> names = new TreeSet<>();
                    instances.forEach(each -> names.add(each.key().toString()));
                    stopAwaiting();
                    awaited = registry.withdrawals()
                            .await(
                                    String.join(", ", names),
                                    version,
                                    DRAIN_BOUND,
                                    doubt -> answer(accepted(request)
                                            .setDrained(true)
                                            .setUnconfirmed(doubt)
                                            .build()));
                }
            } catch (IllegalArgumentException | Registry.RefusedException e) {
                LOG.warn(
                        "registration of {} refused: {}",
                        owner.map(SpiffeId::toString).orElse("nobody"),
                        e.getMessage());
                answer(accepted(request)
                        .setError(String.valueOf(e.getMessage()))
                        .build());
            }
        }

        private void renew(RegisterRequest request) throws Registry.RefusedException {
            if (request.getWorkloadsCount() > 0 || stream == null) {
                throw new IllegalArgumentException(
                        "a renewal: expected no workloads, and offers before it on this stream");
            }
            stream.renew();
            answer(accepted(request).build());
        }

        /** At most one withdrawal a stream is waited for: the newest. */
        private void stopAwaiting() {
            Scheduler.Cancellable last = awaited;
            if (last != null) {
                last.cancel();
            }
        }

        private List<Instance> read(RegisterRequest request) throws IllegalArgumentException {
            if (request.getWorkloadsCount() > MAX_WORKLOADS) {
                throw new IllegalArgumentException(
                        request.getWorkloadsCount() + " workloads, expected at most " + MAX_WORKLOADS);
            }
            List<Instance> instances = new ArrayList<>();
            for (WorkloadRegistration workload : request.getWorkloadsList()) {
                claim.refuse(owner, workload.getNamespace(), workload.getServiceAccount())
                        .ifPresent(reason -> {
                            throw new IllegalArgumentException(reason);
                        });
                instances.add(RegistrationCodec.read(workload));
            }
            return instances;
        }

        private RegisterResponse.Builder accepted(RegisterRequest request) {
            return RegisterResponse.newBuilder()
                    .setSequence(request.getSequence())
                    .setLease(com.google.protobuf.Duration.newBuilder()
                            .setSeconds(registry.lease().toSeconds())
                            .setNanos(registry.lease().toNanosPart()));
        }

        private synchronized void answer(RegisterResponse response) {
            if (!call.isCancelled()) {
                call.onNext(response);
            }
        }

        @Override
        public void onError(Throwable failure) {
            close();
        }

        @Override
        public void onCompleted() {
            stopAwaiting();
            Registry.Stream open = stream;
            if (open != null) {
                open.leave();
            }
            synchronized (this) {
                if (!call.isCancelled()) {
                    call.onCompleted();
                }
            }
        }

        private void close() {
            stopAwaiting();
            Registry.Stream open = stream;
            if (open != null) {
                open.close();
            }
        }
    }
}

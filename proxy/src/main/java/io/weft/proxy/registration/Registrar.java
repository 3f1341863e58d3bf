package io.weft.proxy.registration;

import com.google.protobuf.InvalidProtocolBufferException;
import io.weft.api.v1.RegisterRequest;
import io.weft.api.v1.RegisterResponse;
import io.weft.core.lifecycle.Component;
import io.weft.core.time.Backoff;
import io.weft.core.time.Scheduler;
import io.weft.core.watch.Watched;
import io.weft.proxy.grpc.CallListener;
import io.weft.proxy.grpc.GrpcCall;
import io.weft.proxy.grpc.GrpcChannel;
import io.weft.proxy.grpc.GrpcStatus;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the control plane's registry told of what this process offers, over one stream: the whole truth at each change, again after each
 * reconnect, and between that a sign of life. An instance appears there when its stream is open and its health check passes. State is confined to the control loop.
 */
public final class Registrar implements Component {
    private static final Logger LOG = LoggerFactory.getLogger(Registrar.class);
    /** Well within a lease, so that a control plane that was away loses no instance once it is back. */
    public static final Backoff BACKOFF = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(3));

    private static final String REGISTER = "/weft.v1.Registration/Register";
    private static final int MAX_MESSAGE_BYTES = 4 << 20;
    private static final Duration USUAL_LEASE = Duration.ofSeconds(10);
    private static final Duration STOP_BOUND = Duration.ofSeconds(1);
    private static final int RENEWALS_PER_LEASE = 3;
    /** A little more than the control plane takes to name those who did not acknowledge. */
    private static final Duration DRAIN_BOUND = Duration.ofSeconds(10);
    /** How long a drain looks for a control plane that is away. */
    private static final Duration AWAY_BOUND = Duration.ofSeconds(3);

    private final GrpcChannel channel;
    private final Scheduler loop;
    private final List<WorkloadOffer> workloads;
    private final Backoff backoff;
    private final RandomGenerator random = RandomGenerator.of("SplittableRandom");
    private final Map<ServiceOffer, HealthWatch> health = new LinkedHashMap<>();
    private final Watched<RegistrationStatus> status = new Watched<>(RegistrationStatus.NONE);
    private final CompletableFuture<Withdrawal> drained = new CompletableFuture<>();

    private @Nullable Stream stream;
    private long sequence;
    private int failures;
    private boolean started;
    private boolean answered;
    private boolean draining;
    private long drainSequence = Long.MAX_VALUE;
    private boolean stopped;

    /**
     * Does nothing before it is started.
     *
     * @param channel to the control plane, mutual TLS; stays the caller's
     * @param loop one thread
     * @param workloads what this process offers; their inbound ports are allocated
     * @param backoff between streams
     */
    public Registrar(GrpcChannel channel, Scheduler loop, List<WorkloadOffer> workloads, Backoff backoff) {
        this.channel = channel;
        this.loop = loop;
        this.workloads = List.copyOf(workloads);
        this.backoff = backoff;
        for (WorkloadOffer workload : workloads) {
            for (ServiceOffer service : workload.services()) {
                health.computeIfAbsent(service, offer -> new HealthWatch(offer, loop, this::send));
            }
        }
    }

    @Override
    public String name() {
        return "registration";
    }

    /** Returns at once: the control plane may be away. */
    @Override
    public void start() {
        loop.schedule(Duration.ZERO, () -> {
            if (draining || stopped) {
                return;
            }
            started = true;
            health.values().forEach(HealthWatch::start);
            connect();
        });
    }

    /** Ends the stream; the instances stay in the registry for the lease unless they were drained. */
    @Override
    public void stop() {
        loop.runAndWait(STOP_BOUND, () -> {
            stopped = true;
            health.values().forEach(HealthWatch::stop);
            Stream open = stream;
            if (open != null) {
                open.finish();
            }
            drained.complete(new Withdrawal("the proxy stopped before it was known"));
        });
    }

    /** Which registration the control plane holds. */
    public Watched<RegistrationStatus> status() {
        return status;
    }

    /**
     * Withdraws the instances from everybody's endpoints, also where the control plane has to be found again first. Completes when each proxy that
     * held them has acknowledged their removal, or after 10 s; never exceptionally.
     */
    public CompletableFuture<Withdrawal> drain() {
        loop.schedule(Duration.ZERO, () -> {
            if (draining) {
                return;
            }
            draining = true;
            if (!started) {
                drained.complete(Withdrawal.CONFIRMED);
                return;
            }
            drainSequence = sequence + 1;
            loop.schedule(
                    DRAIN_BOUND,
                    () -> drained.complete(
                            new Withdrawal("the control plane did not say within " + DRAIN_BOUND.toSeconds() + " s")));
            if (stream == null) {
                connect();
            } else {
                send();
            }
            giveUpUnlessAnswered();
        });
        return drained.copy();
    }

    private void giveUpUnlessAnswered() {
        loop.schedule(AWAY_BOUND, () -> {
            if (!answered) {
                drained.complete(new Withdrawal(
                        "the control plane is away: " + status.get().error()));
            }
        });
    }

    private void connect() {
        if (stopped || drained.isDone() || stream != null) {
            return;
        }
        Stream next = new Stream();
        stream = next;
        answered = false;
        // The channel's own back-off, of up to two minutes, would let most tries fail without one.
        channel.connectNow();
        next.open();
        send();
    }

    private void send() {
        Stream open = stream;
        if (open == null) {
            return;
        }
        RegisterRequest.Builder request = RegisterRequest.newBuilder().setSequence(++sequence);
        for (WorkloadOffer workload : workloads) {
            request.addWorkloads(Registrations.write(workload, draining, this::isHealthy));
        }
        open.send(request.build());
    }

    /** While there is nothing new to say: the control plane takes silence for a host that vanished. */
    private void renewLater(Stream from, Duration lease) {
        if (lease.isPositive()) {
            loop.schedule(lease.dividedBy(RENEWALS_PER_LEASE), () -> {
                if (stream == from && !stopped) {
                    renew(from);
                    renewLater(from, status.get().lease());
                }
            });
        }
    }

    private void renew(Stream from) {
        if (status.get().error().isEmpty()) {
            from.renew(RegisterRequest.newBuilder()
                    .setSequence(++sequence)
                    .setRenewal(true)
                    .build());
        } else {
            // Perhaps what was refused is not refused any longer.
            send();
        }
    }

    private boolean isHealthy(ServiceOffer service) {
        HealthWatch watch = health.get(service);
        return watch != null && watch.healthy();
    }

    private void onResponse(Stream from, RegisterResponse response) {
        if (stream != from) {
            return;
        }
        failures = 0;
        answered = true;
        if (!response.getError().isEmpty()
                && !response.getError().equals(status.get().error())) {
            LOG.warn("the control plane refused the registration: {}", response.getError());
        }
        Duration lease = Duration.ofSeconds(
                response.getLease().getSeconds(), response.getLease().getNanos());
        status.set(new RegistrationStatus(true, response.getSequence(), lease, response.getError()));
        if (!from.renews) {
            from.renews = true;
            renewLater(from, lease);
        }
        if (draining && !response.getError().isEmpty()) {
            drained.complete(new Withdrawal("the control plane refused it: " + response.getError()));
        }
        if (response.getDrained() && response.getSequence() >= drainSequence) {
            drained.complete(new Withdrawal(response.getUnconfirmed()));
        }
    }

    private void onEnd(Stream from, GrpcStatus reason) {
        if (stream != from) {
            return;
        }
        stream = null;
        failures++;
        String error = reason.isOk() ? "the control plane ended the stream" : reason.toString();
        RegistrationStatus last = status.get();
        status.set(new RegistrationStatus(false, last.acknowledged(), last.lease(), error));
        answered = false;
        if (draining) {
            giveUpUnlessAnswered();
        }
        if (!stopped) {
            Duration pause = withinLease(backoff, last.lease()).after(failures, random);
            LOG.info("registration: {}; next try in {} ms", error, pause.toMillis());
            loop.schedule(pause, this::connect);
        }
    }

    /**
     * A control plane that comes back after long keeps the instances that it knew for one lease: whoever asks less often would be removed, though it
     * runs.
     *
     * @param lease zero: not told yet
     */
    static Backoff withinLease(Backoff backoff, Duration lease) {
        Duration third = (lease.isZero() ? USUAL_LEASE : lease).dividedBy(3);
        if (third.compareTo(backoff.most()) >= 0) {
            return backoff;
        }
        Duration most = third.compareTo(backoff.first()) < 0 ? backoff.first() : third;
        return new Backoff(backoff.first(), most);
    }

    /** One call. What the channel tells moves to the loop. */
    private final class Stream implements CallListener {
        private @Nullable GrpcCall call;
        private @Nullable RegisterRequest waiting;
        private boolean renews;

        void open() {
            GrpcCall opened = channel.open(REGISTER, MAX_MESSAGE_BYTES, this);
            opened.request(1);
            call = opened;
        }

        /** Sends where the transport takes it; what it does not take yet is replaced by newer truth. */
        void send(RegisterRequest request) {
            waiting = request;
            flush();
        }

        /** What waits says more. */
        void renew(RegisterRequest request) {
            if (waiting == null) {
                send(request);
            }
        }

        private void flush() {
            GrpcCall open = call;
            RegisterRequest request = waiting;
            if (open != null && request != null && open.isReady() && stream == this) {
                waiting = null;
                open.send(request.toByteArray());
            }
        }

        void finish() {
            GrpcCall open = call;
            if (open != null) {
                call = null;
                open.end();
                // One whose messages nobody asks for never ends.
                open.request(Integer.MAX_VALUE);
            }
        }

        @Override
        public void onReady() {
            loop.schedule(Duration.ZERO, this::flush);
        }

        @Override
        public void onMessage(byte[] message) {
            loop.schedule(Duration.ZERO, () -> {
                GrpcCall open = call;
                try {
                    onResponse(this, RegisterResponse.parseFrom(message));
                    if (open != null) {
                        open.request(1);
                    }
                } catch (InvalidProtocolBufferException e) {
                    if (open != null) {
                        open.cancel("a response cannot be read: " + e.getMessage());
                    }
                }
            });
        }

        @Override
        public void onEnd(GrpcStatus reason) {
            loop.schedule(Duration.ZERO, () -> Registrar.this.onEnd(this, reason));
        }
    }
}

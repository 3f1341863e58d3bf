package io.weft.proxy.ads;

import com.google.protobuf.ByteString;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.weft.api.wire.WireOutput;
import io.weft.core.lifecycle.Component;
import io.weft.core.time.Backoff;
import io.weft.core.time.Scheduler;
import io.weft.core.watch.Watched;
import io.weft.proxy.bootstrap.BootstrapSettings.AdsSettings;
import io.weft.proxy.bootstrap.ProxyNode;
import io.weft.proxy.grpc.GrpcChannel;
import io.weft.proxy.grpc.GrpcStatus;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a delta ADS stream open and gives the {@link Assembler} what comes. After a break it returns with the versions that are held, so
 * that a server with content versions sends nothing again. State is confined to the control loop.
 */
public final class AdsClient implements Component {
    private static final Logger LOG = LoggerFactory.getLogger(AdsClient.class);
    /** A control plane that is back must soon reach everybody; a try costs it little. */
    public static final Backoff BACKOFF = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(5));

    private static final Duration STOP_BOUND = Duration.ofSeconds(1);

    /** Of envoy.config.core.v3.Node. */
    private static final int USER_AGENT_NAME = 6;

    private static final Duration HEAD_START = Duration.ofMillis(50);

    private final GrpcChannel channel;
    private final ProxyNode node;
    private final AdsSettings settings;
    private final Assembler assembler;
    private final Scheduler loop;
    private final Backoff backoff;
    private final RandomGenerator random = RandomGenerator.of("SplittableRandom");
    private final Watched<AdsStatus> status = new Watched<>(AdsStatus.NONE);

    private @Nullable AdsStream stream;
    private boolean answered;
    private boolean withRevisions = true;
    private int failures;
    private boolean stopped;

    /**
     * Does nothing before it is started.
     *
     * @param channel to the control plane, mutual TLS; stays the caller's
     * @param loop the assembler's too
     * @param backoff between streams; {@link #BACKOFF}
     */
    public AdsClient(
            GrpcChannel channel,
            ProxyNode node,
            AdsSettings settings,
            Assembler assembler,
            Scheduler loop,
            Backoff backoff) {
        this.channel = channel;
        this.node = node;
        this.settings = settings;
        this.assembler = assembler;
        this.loop = loop;
        this.backoff = backoff;
    }

    @Override
    public String name() {
        return "ads";
    }

    /** Returns at once: the control plane may be away. */
    @Override
    public void start() {
        loop.schedule(Duration.ZERO, () -> {
            boolean serves = assembler.start(settings.listeners());
            // The first requests are answered before everything is set up that the control plane is asked with.
            loop.schedule(serves ? HEAD_START : Duration.ZERO, this::connect);
        });
    }

    @Override
    public void stop() {
        loop.runAndWait(STOP_BOUND, () -> {
            stopped = true;
            AdsStream open = stream;
            if (open != null) {
                open.complete();
            }
            assembler.saveNow();
        });
    }

    public Watched<AdsStatus> status() {
        return status;
    }

    private void connect() {
        if (stopped) {
            return;
        }
        ByteString message = node.message()
                .concat(new WireOutput().text(USER_AGENT_NAME, "weft").toByteString());
        AdsStream next = new AdsStream(message, loop, this::onResponse, this::onEnd);
        stream = next;
        answered = false;
        // The channel's own back-off, of up to two minutes, would let most tries fail without one.
        channel.connectNow();
        next.open(channel);
        for (ResourceKind kind : ResourceKind.values()) {
            boolean discovered = switch (kind) {
                case CLUSTER -> settings.clusters();
                case LISTENER -> settings.listeners();
                case ENDPOINTS, ROUTES -> false;
            };
            if (discovered) {
                next.subscribeToAll(kind, assembler.versions(kind));
            } else if (!kind.wildcard()) {
                var versions = assembler.versions(kind);
                next.subscribe(kind, versions.keySet(), versions);
            }
        }
        if (withRevisions) {
            next.subscribeToRevisions();
        }
        assembler.attach(next);
    }

    private void onResponse(AdsStream from, DeltaDiscoveryResponse response) {
        if (stream != from) {
            return;
        }
        if (!answered) {
            answered = true;
            failures = 0;
            String identifier = response.getControlPlane().getIdentifier();
            status.set(new AdsStatus(true, identifier, ""));
            if (!withRevisions && Assembler.sendsRevisions(identifier)) {
                // What ended the last stream was not the Revision.
                withRevisions = true;
                from.subscribeToRevisions();
            }
        }
        Verdict verdict;
        try {
            verdict = assembler.accept(response);
        } catch (RuntimeException e) {
            // A bug. Without an answer the control plane would wait for ever, and say nothing new.
            LOG.error("a response of type {} could not be handled", response.getTypeUrl(), e);
            verdict = new Verdict.Nack("the proxy failed: " + e);
        }
        from.answer(response.getTypeUrl(), response.getNonce(), verdict);
        from.next();
    }

    private void onEnd(AdsStream from, GrpcStatus reason) {
        if (stream != from) {
            return;
        }
        stream = null;
        failures++;
        assembler.detach();
        assembler.publishCached();
        String error = reason.isOk() ? "the control plane ended the stream" : reason.toString();
        status.set(new AdsStatus(false, "", error));
        if (!answered && refusesRevisions(reason)) {
            // A server that ends the stream over a type that it does not know is asked without it next time.
            withRevisions = !withRevisions;
        }
        if (!stopped) {
            Duration pause = backoff.after(failures, random);
            LOG.info("ads: {}; next try in {} ms", error, pause.toMillis());
            loop.schedule(pause, this::connect);
        }
    }

    private static boolean refusesRevisions(GrpcStatus reason) {
        return switch (reason.code()) {
            case INVALID_ARGUMENT, NOT_FOUND, UNIMPLEMENTED -> true;
            case OK,
                    CANCELLED,
                    UNKNOWN,
                    DEADLINE_EXCEEDED,
                    ALREADY_EXISTS,
                    PERMISSION_DENIED,
                    RESOURCE_EXHAUSTED,
                    FAILED_PRECONDITION,
                    ABORTED,
                    OUT_OF_RANGE,
                    INTERNAL,
                    UNAVAILABLE,
                    DATA_LOSS,
                    UNAUTHENTICATED -> false;
        };
    }
}

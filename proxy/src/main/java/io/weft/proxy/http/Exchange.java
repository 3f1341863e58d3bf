package io.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.weft.engine.config.ClusterSpecifier;
import io.weft.engine.config.HttpConnectionManager;
import io.weft.engine.config.RetryPolicy;
import io.weft.engine.config.RouteAction;
import io.weft.engine.config.RouteAction.RouteTimeouts;
import io.weft.engine.config.RouteConfiguration;
import io.weft.engine.match.RequestTest;
import io.weft.engine.path.PathNormalizer;
import io.weft.engine.route.RouteTable;
import io.weft.engine.snapshot.ConfigSnapshot;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.RequestListener;
import io.weft.proxy.codec.ResponseHead;
import io.weft.proxy.codec.ServerStream;
import io.weft.proxy.codec.StreamReset;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.error.ResponseFlag;
import io.weft.proxy.telemetry.RequestRecord;
import io.weft.proxy.upstream.Attempt;
import io.weft.proxy.upstream.Loop;
import io.weft.proxy.upstream.UnprocessedReply;
import io.weft.proxy.upstream.UpstreamCluster;
import org.jspecify.annotations.Nullable;

/**
 * One request, from its head to its record. Its phases are methods, in order: {@link #receive}, {@link #route}, {@link #forward}, which leaves the tries
 * to a {@link Forwarding}, {@link #respond}, {@link #complete}. Everything happens on the connection's loop; whatever happens, {@code complete} runs
 * exactly once, and after it nothing is sent, kept or awaited any more.
 */
final class Exchange implements RequestListener, Deadlines.Owner {
    private final ConnectionContext connection;
    private final HttpRequests owner;
    private final Loop loop;
    private final ServerStream stream;
    private final ConfigSnapshot snapshot;
    private final long startNanos;
    private final RequestRecord record = new RequestRecord();
    private final Deadlines deadlines;
    private final RequestBody body;

    private @Nullable RequestHead head;
    private RouteTable.@Nullable Match match;
    private @Nullable RouteConfiguration routes;
    private @Nullable Forwarding forwarding;
    private long requestEndNanos = -1;
    private boolean tunnel;
    private boolean responseStarted;
    private boolean responseEnded;
    private boolean completed;

    Exchange(ConnectionContext connection, ServerStream stream) {
        this.connection = connection;
        this.owner = connection.owner();
        this.loop = connection.loop();
        this.stream = stream;
        this.snapshot = owner.services().snapshots().get();
        this.startNanos = loop.nowNanos();
        this.body = new RequestBody(loop);
        this.deadlines = new Deadlines(loop, this);
    }

    // ---- what its tries ask of it

    HttpRequests owner() {
        return owner;
    }

    Loop loop() {
        return loop;
    }

    HttpVersion version() {
        return stream.connection().version();
    }

    RequestRecord record() {
        return record;
    }

    Deadlines deadlines() {
        return deadlines;
    }

    RequestBody body() {
        return body;
    }

    RequestHead head() {
        if (head == null) {
            throw new IllegalStateException("a request without a head");
        }
        return head;
    }

    /** -1: its end is not there yet. */
    long requestEndNanos() {
        return requestEndNanos;
    }

    boolean responseStarted() {
        return responseStarted;
    }

    /** Whether nothing may be sent, kept or awaited any more. */
    boolean isOver() {
        assertOnLoop();
        return completed;
    }

    private void assertOnLoop() {
        if (!loop.isCurrent()) {
            throw new IllegalStateException("an exchange belongs to its event loop");
        }
    }

    // ---- receive

    /** The head is here. */
    void receive(RequestHead received, boolean end) {
        normalize(received, end);
        deadlines.begin();
    }

    /** The head is brought into its normal form and told whom it comes from. */
    private void normalize(RequestHead received, boolean end) {
        assertOnLoop();
        head = received;
        HttpConnectionManager config = owner.config();
        connection.records().begin(record, stream, received);
        record.grpc = RequestTest.isGrpcContentType(received.headers().get("content-type"));
        deadlines.set(Deadlines.Kind.IDLE, config.timeouts().streamIdleMillis());
        if (end) {
            body.end();
            requestEndNanos = startNanos;
        } else {
            deadlines.set(Deadlines.Kind.REQUEST_RECEIVED, config.timeouts().requestMillis());
        }
        if (PathNormalizer.isNormal(received.path())) {
            identify(received);
            return;
        }
        switch (PathNormalizer.normalize(received.path(), config.paths())) {
            case PathNormalizer.Result.Reject(String reason) -> {
                if (stream.connection().version() != HttpVersion.HTTP_2) {
                    // As Envoy: whoever sends such paths is not served further.
                    stream.connection().drain();
                }
                fail(new ProxyError.Downstream(Cause.BAD_REQUEST, reason));
            }
            case PathNormalizer.Result.Redirect(String target) -> reply(LocalReply.redirect(307, target));
            case PathNormalizer.Result.Use(String target) -> {
                received.path(target);
                identify(received);
            }
        }
    }

    /** The head is told whom it comes from, and gets its name. */
    private void identify(RequestHead received) {
        owner.forwarded().apply(received.headers(), connection.peer());
        owner.nameRequest(received.headers(), loop);
        String requestId = received.headers().get("x-request-id");
        record.requestId = requestId == null ? "" : requestId;
        record.requestHeaders = received;
        route(received);
    }

    // ---- route

    /** Finds what the configuration says of such a request. */
    private void route(RequestHead request) {
        if (HttpRequests.isBeyondShare(loop, stream.connection())) {
            refuseForMemory();
            return;
        }
        RouteTable table = owner.routes(snapshot);
        RouteTable.Match found = table == null ? null : table.match(request);
        match = found;
        if (table != null && found != null) {
            routes = table.configuration();
        }
        if (found != null) {
            record.virtualHost = found.virtualHost().name();
            record.route = found.route().name();
        }
        switch (owner.routing().decide(request, table, found, record.grpc)) {
            case Routing.Decision.Refuse(ProxyError error) -> fail(error);
            case Routing.Decision.Answer(LocalReply answer) -> {
                changeResponse(answer.head().headers());
                reply(answer);
            }
            case Routing.Decision.Forward(RouteAction.Forward action) -> forward(request, action);
        }
    }

    // ---- forward: to which cluster, with which changes, how long

    private void forward(RequestHead request, RouteAction.Forward action) {
        ClusterSpecifier.WeightedCluster weighted = action.cluster() instanceof ClusterSpecifier.Weighted(var clusters)
                ? ExchangeHeaders.draw(clusters, loop.random())
                : null;
        String name = clusterName(request, action.cluster(), weighted);
        record.cluster = name;
        UpstreamCluster cluster =
                name.isEmpty() ? null : owner.services().clusters().cluster(name, snapshot);
        RouteTable.Match found = match;
        if (cluster == null || found == null || routes == null) {
            ProxyError error = new ProxyError.Internal(Cause.NO_CLUSTER, "there is no cluster \"" + name + "\"");
            record.flag(error.flag());
            record.details = error.sentence();
            reply(LocalReply.noCluster(error, action.clusterNotFoundStatus(), record.grpc));
            return;
        }
        RetryPolicy policy =
                action.retry() != null ? action.retry() : found.virtualHost().retry();
        RetryState retry = new RetryState(policy, cluster.limits(), request.method());
        body.retain(retry.isPossible() && request.upgrade() == null && !request.isConnect());
        RouteTimeouts timeouts = action.timeouts();
        TimeLimits limits = TimeLimits.of(request.headers(), timeouts, owner.respectsExpectedTimeout(), startNanos);
        forwarding = new Forwarding(this, action, weighted, cluster, retry, limits);
        if (timeouts.idleMillis() >= 0) {
            deadlines.set(Deadlines.Kind.IDLE, timeouts.idleMillis());
        }
        deadlines.set(Deadlines.Kind.MAX_STREAM, timeouts.maxStreamMillis());
        if (limits.grpcMillis() == 0) {
            fail(deadlineOver());
            return;
        }
        deadlines.set(Deadlines.Kind.GRPC, limits.grpcMillis());
        owner.changes().request(request, action, found, routes, weighted);
        if (request.expectsContinue()) {
            // As Envoy, the proxy itself asks for the body; the endpoint never sees the expectation.
            stream.sendInformational(new ResponseHead(100, new Headers()));
        }
        if (body.isEnded()) {
            forwarding.awaitResponse();
        }
        forwarding.pick();
    }

    private static String clusterName(
            RequestHead request, ClusterSpecifier specifier, ClusterSpecifier.@Nullable WeightedCluster weighted) {
        if (weighted != null) {
            return weighted.name();
        }
        return switch (specifier) {
            case ClusterSpecifier.Single(String name) -> name;
            case ClusterSpecifier.FromHeader(String header) -> {
                String name = request.headers().get(header);
                yield name == null ? "" : name;
            }
            case ClusterSpecifier.Weighted _ -> throw new IllegalStateException("no cluster was drawn");
        };
    }

    // ---- the rest of the request

    @Override
    public void onData(ByteBuf data, boolean end) {
        assertOnLoop();
        if (completed || (responseEnded && !tunnel)) {
            data.release();
            return;
        }
        deadlines.activity(loop.nowNanos());
        record.requestBytes += data.readableBytes();
        body.add(data, end, connectedTry());
        if (end) {
            onRequestEnded();
        }
        holdRequestBack();
    }

    @Override
    public void onTrailers(Headers trailers) {
        assertOnLoop();
        if (completed || responseEnded) {
            return;
        }
        deadlines.activity(loop.nowNanos());
        body.addTrailers(trailers, connectedTry());
        onRequestEnded();
    }

    private @Nullable Attempt connectedTry() {
        return forwarding == null ? null : forwarding.connectedTry();
    }

    /** Reads no more of the request than can go on or be kept. */
    private void holdRequestBack() {
        Attempt now = connectedTry();
        boolean room = now != null ? now.isWritable() : !body.isFull();
        if (!room && !body.isEnded()) {
            stream.setReading(false);
        }
    }

    private void onRequestEnded() {
        deadlines.clear(Deadlines.Kind.REQUEST_RECEIVED);
        requestEndNanos = loop.nowNanos();
        if (tunnel) {
            if (responseEnded) {
                complete();
            }
        } else if (forwarding != null && !responseStarted) {
            forwarding.awaitResponse();
        }
    }

    /** Whether more of the request is wanted now. */
    void readRequest(boolean wanted) {
        stream.setReading(wanted);
    }

    // ---- respond: the response's way

    private void changeResponse(Headers headers) {
        if (match != null && routes != null) {
            ExchangeHeaders.response(headers, match, routes, forwarding == null ? null : forwarding.weighted());
        }
    }

    void inform(ResponseHead informational) {
        deadlines.activity(loop.nowNanos());
        // A 100 was sent already where one was asked for.
        if (!completed && !responseStarted && informational.status() != 100) {
            stream.sendInformational(informational);
        }
    }

    /** Its try asked for the time just now. */
    void respond(ResponseHead response, boolean end) {
        long now = loop.lastNanos();
        record.status = response.status();
        record.responseHeadNanos = now - startNanos;
        RequestHead request = head;
        tunnel = response.status() == 101
                || (request != null && request.isConnect() && response.status() >= 200 && response.status() < 300);
        if (tunnel) {
            deadlines.clear(Deadlines.Kind.REQUEST);
        }
        Headers headers = response.headers();
        UnprocessedReply.strip(headers);
        if (requestEndNanos >= 0) {
            record.upstreamServiceNanos = now - requestEndNanos;
            if (!owner.suppressEnvoyHeaders()) {
                headers.set("x-envoy-upstream-service-time", Decimals.text((now - requestEndNanos) / 1_000_000));
            }
        }
        changeResponse(headers);
        owner.changes().finish(headers, loop);
        record.responseHeaders = response;
        record.details = LocalReply.causeTold(response, record.grpc);
        readGrpcStatus(headers);
        responseStarted = true;
        body.retain(false);
        if (!body.isEmpty()) {
            body.drop();
        }
        stream.sendHead(response, end);
        if (end) {
            onResponseEnded();
        } else {
            holdResponseBack();
        }
    }

    private void readGrpcStatus(Headers headers) {
        String status = record.grpc ? headers.get("grpc-status") : null;
        if (status != null && status.length() <= 2 && status.chars().allMatch(c -> c >= '0' && c <= '9')) {
            record.grpcStatus = status.isEmpty() ? -1 : Integer.parseInt(status);
        }
    }

    /** Takes ownership of {@code data}. */
    void respond(ByteBuf data, boolean end) {
        if (completed || responseEnded) {
            data.release();
            return;
        }
        record.responseBytes += data.readableBytes();
        stream.sendData(data, end);
        if (end) {
            onResponseEnded();
        } else {
            deadlines.activity(loop.nowNanos());
            holdResponseBack();
        }
    }

    void respond(Headers trailers) {
        if (completed || responseEnded) {
            return;
        }
        readGrpcStatus(trailers);
        stream.sendTrailers(trailers);
        onResponseEnded();
    }

    private @Nullable Attempt attempt() {
        return forwarding == null ? null : forwarding.attempt();
    }

    private void holdResponseBack() {
        Attempt now = attempt();
        if (now != null && !stream.isWritable()) {
            now.setReading(false);
        }
    }

    @Override
    public void onWritabilityChanged() {
        Attempt now = attempt();
        if (!completed && now != null) {
            now.setReading(stream.isWritable());
        }
    }

    private void onResponseEnded() {
        responseEnded = true;
        // The end of a tunnel's bytes closes an HTTP/1.1 connection; in HTTP/2 the client may still have something to
        // send.
        boolean half = tunnel && !body.isEnded() && stream.connection().version() == HttpVersion.HTTP_2;
        if (!half) {
            complete();
        }
    }

    // ---- what goes wrong

    static ProxyError deadlineOver() {
        return new ProxyError.Downstream(Cause.DEADLINE, "the request's deadline is over");
    }

    @Override
    public void onDue(Deadlines.Kind kind) {
        Forwarding tries = forwarding;
        if (completed) {
            return;
        }
        switch (kind) {
            case BACKOFF, PER_TRY, RESPONSE_HEAD -> {
                if (tries != null) {
                    tries.onDue(kind);
                }
            }
            case REQUEST ->
                giveUp(new ProxyError.Upstream(
                        Cause.REQUEST_TIMEOUT, "no whole response within the route's timeout", false));
            case IDLE -> giveUp(new ProxyError.Downstream(Cause.STREAM_IDLE, "no byte moved for too long"));
            case MAX_STREAM ->
                giveUp(new ProxyError.Downstream(Cause.MAX_STREAM_DURATION, "the stream's whole time is over"));
            case GRPC -> giveUp(deadlineOver());
            case REQUEST_RECEIVED ->
                giveUp(new ProxyError.Downstream(
                        Cause.REQUEST_RECEIVE_TIMEOUT, "the request did not come whole in time"));
        }
    }

    /** Ends the request; the endpoint is blamed where it was it that did not answer. */
    private void giveUp(ProxyError error) {
        if (forwarding != null) {
            forwarding.giveUp(error);
        }
        fail(error);
    }

    /** Answers with an error, or resets a response that began already. */
    void fail(ProxyError error) {
        record.flag(error.flag());
        record.details = error.sentence();
        record.transportFailure = error.transportFailure();
        if (responseStarted) {
            complete();
            stream.reset(StreamReset.Kind.LOCAL);
            return;
        }
        LocalReply reply = LocalReply.of(error, record.grpc, body.isEnded(), record.attempts > 1);
        String told = forwarding != null && owner.tellsUnprocessed(connection.downstream())
                ? UnprocessedReply.header(error, forwarding.mayBeProcessed())
                : null;
        reply(told == null ? reply : reply.unanswered(told, error));
    }

    /** HTTP/2 can be told without keeping anything for it (RFC 9113, section 8.7); a reply would wait for the client's window. */
    private void refuseForMemory() {
        owner.tellOverload(loop.requests());
        ProxyError error = new ProxyError.Internal(
                Cause.OVERLOADED,
                "clients hold all the memory that there is for them, or this connection its share of it");
        if (version() == HttpVersion.HTTP_2) {
            record.flag(error.flag());
            record.details = error.sentence();
            complete();
            stream.reset(StreamReset.Kind.REFUSED);
        } else {
            fail(error);
        }
    }

    /** Answers by itself. */
    private void reply(LocalReply reply) {
        owner.changes().finish(reply.head().headers(), loop);
        record.responseHeadNanos = loop.nowNanos() - startNanos;
        readGrpcStatus(reply.head().headers());
        responseStarted = true;
        responseEnded = true;
        reply.send(stream, record, loop.random());
        complete();
    }

    @Override
    public void onReset(StreamReset reset) {
        assertOnLoop();
        if (completed) {
            return;
        }
        switch (reset.kind()) {
            case PROTOCOL_ERROR -> giveUp(new ProxyError.Downstream(Cause.BAD_REQUEST, reset.detail()));
            case OVERLOADED -> giveUp(new ProxyError.Downstream(Cause.OVERLOADED, reset.detail()));
            case TOO_LARGE -> giveUp(new ProxyError.Downstream(Cause.REQUEST_TOO_LARGE, reset.detail()));
            case REFUSED,
                    PEER_RESET,
                    HANDSHAKE_REFUSED,
                    CONNECTION_CLOSED,
                    CONNECTION_CLOSED_BEFORE_RESPONSE,
                    LOCAL -> {
                record.flag(ResponseFlag.DC);
                record.details = reset.detail();
                complete();
            }
        }
    }

    @Override
    public void onCut(String reason) {
        assertOnLoop();
        if (completed) {
            return;
        }
        ProxyError error = new ProxyError.Upstream(Cause.DRAIN_BOUND, reason, false);
        if (!responseStarted || !record.grpc) {
            fail(error);
            return;
        }
        record.flag(error.flag());
        record.details = error.sentence();
        Headers trailers = LocalReply.grpcTrailers(error);
        readGrpcStatus(trailers);
        stream.sendTrailers(trailers);
        responseEnded = true;
        complete();
    }

    // ---- complete

    /** The end, once, whatever led here: nothing is kept or awaited any more, and the record is told. */
    private void complete() {
        assertOnLoop();
        if (completed) {
            // A write that fails at once resets the stream before its sender comes here.
            return;
        }
        completed = true;
        deadlines.close();
        body.drop();
        if (forwarding != null) {
            forwarding.close();
        }
        Attempt last = attempt();
        record.durationNanos = loop.nowNanos() - startNanos;
        String protocol = record.grpc ? "grpc" : stream.connection().version() == HttpVersion.HTTP_2 ? "http2" : "http";
        if (last != null) {
            record.upstreamTls = last.security().terms();
        }
        record.edge = connection.edges().edge(match == null ? null : match.virtualHost(), last, protocol);
        owner.tell(loop, record);
    }
}

package io.weft.proxy.upstream;

import io.weft.core.identity.TlsRejection;
import io.weft.engine.config.Cluster;
import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.error.Cause;
import io.weft.proxy.error.ProxyError;
import io.weft.proxy.host.Host;
import io.weft.proxy.host.Limits;
import io.weft.proxy.workload.LocalWorkload;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One loop's connections to one host, for one source identity, transport and version of HTTP. Idle connections are reused last in, first out, so that
 * those not needed age and close. A connection of HTTP/2 is shared up to its bound of streams. Confined to its loop: no locks.
 */
final class HostPool {
    /** A request that wants a connection; called on the loop. */
    interface Waiter {
        void onReady(PooledConnection connection);

        void onFailed(ProxyError error);

        /** When it began to wait. */
        long waitsSinceNanos();
    }

    /**
     * What tells pools apart.
     *
     * @param source part of the key so that no identity ever speaks over another's connection
     */
    record Key(Host host, Transport transport, LocalWorkload source, WantedVersion version) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key && is(key.host, key.transport, key.source, key.version);
        }

        boolean is(Host otherHost, Transport otherTransport, LocalWorkload otherSource, WantedVersion otherVersion) {
            return host == otherHost
                    && transport == otherTransport
                    && version == otherVersion
                    && source.equals(otherSource);
        }

        @Override
        public int hashCode() {
            return (System.identityHashCode(host) * 31 + System.identityHashCode(transport)) * 31
                    + source.name().hashCode()
                    + version.hashCode();
        }
    }

    private static final int FIRST_CONNECTS = 16;
    private static final long WATCH_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Loop loop;
    private final Connector connector;
    private final Key key;
    private final Cluster cluster;
    private final Limits limits;
    private final Runnable onEmpty;

    private final Deque<Waiter> waiters = new ArrayDeque<>();
    private final Deque<PooledConnection> idle = new ArrayDeque<>();
    private final List<PooledConnection> multiplexed = new ArrayList<>();
    private final Set<PooledConnection> open = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Timers.Timer watch = new Timers.Timer(this::watchPeers);
    private final Timers.Timer idleTimer = new Timers.Timer(this::closeIdle);
    private int connections;
    private int connecting;
    private boolean draining;
    /** Whether the endpoint speaks HTTP/2; assumed until the first connection tells, so that a burst does not open one for each request. */
    private boolean shared;
    /** What the endpoint showed that it speaks; null: not known, or not asked. */
    private @Nullable HttpVersion spoken;

    HostPool(Loop loop, Connector connector, Key key, Cluster cluster, Limits limits, Runnable onEmpty) {
        this.loop = loop;
        this.connector = connector;
        this.key = key;
        this.cluster = cluster;
        this.limits = limits;
        this.onEmpty = onEmpty;
        this.shared = key.version() != WantedVersion.HTTP_1_1;
    }

    Key key() {
        return key;
    }

    Cluster cluster() {
        return cluster;
    }

    /** Gives the waiter a connection, at once where one is free. */
    void acquire(Waiter waiter) {
        PooledConnection ready = takeReady();
        if (ready != null) {
            serve(waiter, ready);
        } else if (limits.tryPending()) {
            waiters.addLast(waiter);
            connectAsNeeded();
        } else {
            waiter.onFailed(new ProxyError.Upstream(
                    Cause.OVERFLOW,
                    "cluster " + cluster.name() + " has " + cluster.limits().maxPendingRequests()
                            + " requests waiting for a connection already",
                    true));
        }
    }

    /** A waiter that was told nothing yet no longer wants anything. */
    void cancel(Waiter waiter) {
        if (waiters.remove(waiter)) {
            left();
        }
    }

    /** A waiter waits no more. */
    private void left() {
        limits.releasePending();
        if (draining) {
            loop.retire(-1);
        }
    }

    /** No new requests will come: idle connections close now, the others when their streams have ended. */
    void drain() {
        if (!draining) {
            draining = true;
            loop.retire(waiters.size());
        }
        closeAll(idle);
        closeAll(multiplexed);
        reportEmpty();
    }

    /** Those that wait for a request close; the others go on. */
    void closeIdleNow() {
        closeAll(idle);
    }

    private static void closeAll(Iterable<PooledConnection> connections) {
        List<PooledConnection> unused = new ArrayList<>();
        for (PooledConnection connection : connections) {
            if (connection.isUnused()) {
                unused.add(connection);
            }
        }
        unused.forEach(PooledConnection::close);
    }

    boolean isUnused() {
        return connections == 0 && connecting == 0 && waiters.isEmpty();
    }

    private @Nullable PooledConnection takeReady() {
        PooledConnection shared = leastUsed();
        if (shared != null) {
            return shared;
        }
        PooledConnection newest = idle.pollFirst();
        while (newest != null && !newest.hasRoom()) {
            newest.close();
            newest = idle.pollFirst();
        }
        return newest;
    }

    /** Of those that are shared; the newest of several, so that those not needed age and close. */
    private @Nullable PooledConnection leastUsed() {
        PooledConnection least = null;
        for (int i = multiplexed.size() - 1; i >= 0; i--) {
            PooledConnection connection = multiplexed.get(i);
            if (connection.hasRoom() && (least == null || connection.streams() < least.streams())) {
                least = connection;
            }
        }
        return least;
    }

    private void connectAsNeeded() {
        while (connecting < wantedConnects()) {
            if (!limits.tryConnection()) {
                if (connections + connecting > 0) {
                    return;
                }
                limits.forceConnection();
            }
            connect();
        }
    }

    /**
     * A burst opens as many at once as there are already: a host that was just started would else spend its first second on handshakes that all
     * time out.
     */
    private int wantedConnects() {
        int streams = cluster.http().maxConcurrentStreams();
        return shared
                ? Math.ceilDiv(waiters.size(), Math.max(1, streams))
                : Math.min(waiters.size(), Math.max(FIRST_CONNECTS, connections));
    }

    private void connect() {
        connecting++;
        new PooledConnection(this, loop.nowNanos())
                .connect(
                        connector,
                        order -> new Connector.Order(
                                loop,
                                key.host().address(),
                                key.transport(),
                                key.source(),
                                wanted(),
                                cluster.http(),
                                cluster.connectTimeoutMillis(),
                                cluster.bufferLimitBytes(),
                                order));
    }

    /** An endpoint that showed what it speaks is not asked again. */
    private WantedVersion wanted() {
        if (key.version() != WantedVersion.HTTP_2_IF_SPOKEN || spoken == null) {
            return key.version();
        }
        return spoken == HttpVersion.HTTP_2 ? WantedVersion.HTTP_2 : WantedVersion.HTTP_1_1;
    }

    /** Another program may be there by now, which is asked anew. */
    void forgetSpoken() {
        spoken = null;
    }

    void onConnected(PooledConnection connection) {
        connecting--;
        spoken = connection.version();
        connections++;
        open.add(connection);
        key.host().connectionOpened();
        shared = connection.version() == HttpVersion.HTTP_2;
        if (shared) {
            multiplexed.add(connection);
        } else {
            idle.addFirst(connection);
        }
        serveWaiters();
        if (draining && connection.isUnused()) {
            connection.close();
        } else {
            onUnused();
        }
    }

    void onConnectFailed(ProxyError.Upstream error) {
        connecting--;
        limits.releaseConnection();
        key.host().connectFailed();
        forgetSpoken();
        List<Waiter> failed = new ArrayList<>();
        for (int left = failingWith(error); left > 0; left--) {
            failed.add(waiters.removeFirst());
        }
        failed.forEach(waiter -> fail(waiter, error));
        if (connections > 0) {
            connectAsNeeded();
        }
        reportEmpty();
    }

    /** How many of those that wait give up with a connect: the oldest. */
    private int failingWith(ProxyError.Upstream error) {
        // Of a shared one, they all waited for it; else its part of them, so that all that wait have failed with those
        // that connect.
        int share = shared ? waiters.size() : Math.ceilDiv(waiters.size(), connecting + 1);
        boolean late = error.cause() == Cause.CONNECT_TIMEOUT
                || error.transportFailure().equals(TlsRejection.TIMEOUT.wireName());
        if (!late || connections == 0) {
            return share;
        }
        // Somebody is there, and busy: who came after the connect began may soon get a connection that is open.
        long now = loop.nowNanos();
        long bound = TimeUnit.MILLISECONDS.toNanos(cluster.connectTimeoutMillis());
        return (int) waiters.stream()
                .limit(share)
                .takeWhile(waiter -> now - waiter.waitsSinceNanos() >= bound)
                .count();
    }

    private void fail(Waiter waiter, ProxyError error) {
        left();
        waiter.onFailed(error);
    }

    private void serveWaiters() {
        while (!waiters.isEmpty()) {
            PooledConnection ready = takeReady();
            if (ready == null) {
                break;
            }
            Waiter waiter = waiters.removeFirst();
            left();
            serve(waiter, ready);
        }
        connectAsNeeded();
    }

    private void serve(Waiter waiter, PooledConnection ready) {
        if (!watch.isSet()) {
            loop.timers().set(watch, WATCH_NANOS);
        }
        waiter.onReady(ready);
    }

    private void watchPeers() {
        boolean used = false;
        for (PooledConnection connection : List.copyOf(open)) {
            used |= !connection.isUnused();
            connection.watchPeer();
        }
        if (used) {
            loop.timers().set(watch, WATCH_NANOS);
        }
    }

    void onStreamEnded(PooledConnection connection) {
        if (connection.isSpent() || (draining && connection.isUnused())) {
            if (connection.isUnused()) {
                connection.close();
            }
            return;
        }
        if (connection.version() != HttpVersion.HTTP_2) {
            idle.addFirst(connection);
        }
        serveWaiters();
        onUnused();
    }

    void onDraining(PooledConnection connection) {
        idle.remove(connection);
        if (connection.isUnused()) {
            connection.close();
        }
        serveWaiters();
    }

    void onClosed(PooledConnection connection) {
        connections--;
        open.remove(connection);
        limits.releaseConnection();
        key.host().connectionClosed();
        idle.remove(connection);
        multiplexed.remove(connection);
        serveWaiters();
        reportEmpty();
    }

    private void reportEmpty() {
        if (draining && isUnused()) {
            loop.timers().cancel(idleTimer);
            loop.timers().cancel(watch);
            onEmpty.run();
        }
    }

    /** Begins to wait for the idle timeout where something is idle. */
    private void onUnused() {
        long timeoutMillis = cluster.http().idleTimeoutMillis();
        if (timeoutMillis > 0 && !idleTimer.isSet() && connections > 0) {
            loop.timers().set(idleTimer, TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
        }
    }

    private void closeIdle() {
        long timeoutNanos = TimeUnit.MILLISECONDS.toNanos(cluster.http().idleTimeoutMillis());
        long now = loop.nowNanos();
        long soonest = Long.MAX_VALUE;
        List<PooledConnection> expired = new ArrayList<>();
        List<PooledConnection> all = new ArrayList<>(idle);
        all.addAll(multiplexed);
        for (PooledConnection connection : all) {
            if (!connection.isUnused()) {
                soonest = Math.min(soonest, timeoutNanos);
                continue;
            }
            long left = timeoutNanos - (now - connection.idleSinceNanos());
            if (left <= 0) {
                expired.add(connection);
            } else {
                soonest = Math.min(soonest, left);
            }
        }
        expired.forEach(PooledConnection::close);
        if (soonest != Long.MAX_VALUE) {
            loop.timers().set(idleTimer, soonest);
        }
    }

    long nowNanos() {
        return loop.nowNanos();
    }
}

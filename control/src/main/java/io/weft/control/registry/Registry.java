package io.weft.control.registry;

import io.weft.core.identity.SpiffeId;
import io.weft.core.time.Scheduler;
import io.weft.core.watch.Watched;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The instances that proxies registered. Each node's instances live for one lease from what was last heard of it on its stream, or from that stream's
 * break: a stream that breaks and comes back within the lease changes nothing, and a node whose host vanished, which breaks no stream, is gone as soon
 * as one that was killed. What was restored from disk has a lease too, so that a restart of the control plane removes nobody before one lease has
 * passed.
 */
public final class Registry {
    private static final Logger LOG = LoggerFactory.getLogger(Registry.class);
    private static final int MAX_NODES = 100_000;
    /** Behind a lease: where this process itself stood still, what nodes said meanwhile is read within it. */
    private static final Duration LAST_CALL = Duration.ofSeconds(1);

    private static final Duration AFTER_REUNION = Duration.ofSeconds(1);

    private final Scheduler scheduler;
    private final Duration lease;
    private final Watched<RegistrySnapshot> snapshot = new Watched<>(RegistrySnapshot.EMPTY);
    private final Map<String, Node> nodes = new HashMap<>();
    private final Withdrawals withdrawals;
    private final LongAdder lost = new LongAdder();
    private final Reunion reunion = new Reunion();

    public Registry(Scheduler scheduler, Duration lease) {
        this.scheduler = scheduler;
        this.lease = lease;
        this.withdrawals = new Withdrawals(scheduler, lease);
    }

    /** Who may still send to instances that leave. */
    public Withdrawals withdrawals() {
        return withdrawals;
    }

    public Duration lease() {
        return lease;
    }

    /** All instances, including those that drain or fail their health check; the latest at any time. */
    public Watched<RegistrySnapshot> snapshot() {
        return snapshot;
    }

    /** The nodes whose instances leave. */
    public Set<String> draining() {
        return snapshot.get().instances().values().stream()
                .filter(Instance::draining)
                .map(instance -> instance.key().nodeId())
                .collect(Collectors.toSet());
    }

    /** Takes instances that an earlier process wrote down; each stays for one lease unless its node comes back. */
    public synchronized void restore(RegistryImage image) {
        Map<String, List<Instance>> byNode = new HashMap<>();
        for (Instance instance : image.instances()) {
            byNode.computeIfAbsent(instance.key().nodeId(), id -> new ArrayList<>())
                    .add(instance);
        }
        byNode.forEach((nodeId, own) -> {
            if (!nodes.containsKey(nodeId) && nodes.size() < MAX_NODES) {
                Node node = new Node(nodeId, null);
                nodes.put(nodeId, node);
                snapshot.update(present -> present.with(nodeId, own));
                expireLater(node);
            }
        });
        reunion.begin(byNode.keySet(), image.knowledge(), scheduler, lease);
        if (!byNode.isEmpty() || image.knowledge() == RegistryImage.Knowledge.SOME) {
            // A little longer: proxies that are told of endpoints only now are among those that hold some.
            withdrawals.awaitReunion(lease.plus(AFTER_REUNION));
        }
    }

    /** Whether instances that run may be missing. */
    public Reunion reunion() {
        return reunion;
    }

    /**
     * Begins a node's stream. A newer stream of the same node takes over from an older one.
     *
     * @throws RefusedException where another identity holds the node id
     */
    public synchronized Stream connect(String nodeId, SpiffeId owner) throws RefusedException {
        Names.requireName("node id", nodeId);
        Node node = nodes.get(nodeId);
        if (node == null) {
            if (nodes.size() >= MAX_NODES) {
                throw new RefusedException("the registry holds " + MAX_NODES + " nodes already");
            }
            node = new Node(nodeId, owner);
            nodes.put(nodeId, node);
        }
        if (node.owner != null && !node.owner.equals(owner) && node.stream != null) {
            throw new RefusedException("node id \"" + nodeId + "\" belongs to " + node.owner
                    + ": give each proxy process an id of its own");
        }
        node.owner = owner;
        Stream stream = new Stream(node);
        node.stream = stream;
        expireLater(node);
        return stream;
    }

    /** How many leases ended because nothing was heard. */
    public long lost() {
        return lost.sum();
    }

    private void expireLater(Node node) {
        expireAfter(node, lease, () -> expireAfter(node, LAST_CALL, () -> expire(node)));
    }

    private void expireAfter(Node node, Duration pause, Runnable task) {
        if (node.expiry != null) {
            node.expiry.cancel();
        }
        node.expiry = scheduler.schedule(pause, () -> {
            synchronized (this) {
                task.run();
            }
        });
    }

    private void expire(Node node) {
        if (nodes.get(node.id) != node) {
            return;
        }
        node.expiry = null;
        if (node.stream == null) {
            nodes.remove(node.id);
        }
        RegistrySnapshot before = snapshot.get();
        snapshot.update(present -> present.with(node.id, List.of()));
        if (!snapshot.get().equals(before)) {
            lost.increment();
            LOG.warn("node {} lost its lease: nothing was heard of it for {} s", node.id, lease.toSeconds());
        }
    }

    /** One node's connection. */
    public final class Stream implements AutoCloseable {
        private final Node node;
        /** Kept beyond a lost lease: a process that hung may come back on the same stream. */
        private List<Instance> offered = List.of();

        private Stream(Node node) {
            this.node = node;
        }

        /**
         * Replaces what the node offers.
         *
         * @return the version of the snapshot that holds it
         * @throws RefusedException where a newer stream of the same node took over, or an instance is another node's
         */
        public long offer(List<Instance> instances) throws RefusedException {
            HashSet<Instance.Key> keys = new HashSet<>();
            for (Instance instance : instances) {
                if (!instance.key().nodeId().equals(node.id)) {
                    throw new RefusedException("a stream registers one node: " + node.id + ", not "
                            + instance.key().nodeId());
                }
                if (!keys.add(instance.key())) {
                    throw new RefusedException("workload " + instance.key() + " is given twice");
                }
            }
            synchronized (Registry.this) {
                if (node.stream != this) {
                    throw new RefusedException("a newer stream of node " + node.id + " took over");
                }
                offered = List.copyOf(instances);
                return renewed();
            }
        }

        /**
         * The node is there, and offers what it did.
         *
         * @throws RefusedException where a newer stream of the same node took over
         */
        public void renew() throws RefusedException {
            synchronized (Registry.this) {
                if (node.stream != this) {
                    throw new RefusedException("a newer stream of node " + node.id + " took over");
                }
                renewed();
            }
        }

        private long renewed() {
            expireLater(node);
            snapshot.update(present -> present.with(node.id, offered));
            reunion.returned(node.id);
            return snapshot.get().version();
        }

        /** The node ended its stream in order: what was leaving is gone, the rest stays for one lease. */
        public void leave() {
            synchronized (Registry.this) {
                boolean leaving = snapshot.get().instances().values().stream()
                        .filter(instance -> instance.key().nodeId().equals(node.id))
                        .allMatch(Instance::draining);
                if (node.stream != this || !leaving) {
                    close();
                    return;
                }
                node.stream = null;
                if (node.expiry != null) {
                    node.expiry.cancel();
                }
                nodes.remove(node.id);
                snapshot.update(present -> present.with(node.id, List.of()));
            }
        }

        /** The stream broke: what it offered stays for one lease. */
        @Override
        public void close() {
            synchronized (Registry.this) {
                if (node.stream == this) {
                    node.stream = null;
                    expireLater(node);
                }
            }
        }
    }

    /** A registration that is refused, with a reason for its proxy's operator. */
    public static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    /** Guarded by the registry's lock. */
    private static final class Node {
        private final String id;
        private @Nullable SpiffeId owner;
        private @Nullable Stream stream;
        private Scheduler.@Nullable Cancellable expiry;

        Node(String id, @Nullable SpiffeId owner) {
            this.id = id;
            this.owner = owner;
        }
    }
}

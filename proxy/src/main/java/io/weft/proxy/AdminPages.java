package io.weft.proxy;

import io.weft.proxy.admin.AdminServer.Answer;
import io.weft.proxy.admin.AdminServer.Page;
import io.weft.proxy.ads.ConfigDump;
import io.weft.proxy.host.Host;
import io.weft.proxy.identity.SvidManager;
import io.weft.proxy.listener.ListenerManager;
import io.weft.proxy.upstream.ClusterManager;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The pages of the admin server. */
final class AdminPages {
    private static final long DUMP_SECONDS = 5;

    private final ListenerManager listeners;
    private final ClusterManager clusters;
    private final ConfigDump dump;
    private final @Nullable SvidManager svids;
    private final BooleanSupplier configured;

    /**
     * @param svids null: the proxy has no identity
     * @param configured whether the configuration is there
     */
    AdminPages(
            ListenerManager listeners,
            ClusterManager clusters,
            ConfigDump dump,
            @Nullable SvidManager svids,
            BooleanSupplier configured) {
        this.listeners = listeners;
        this.clusters = clusters;
        this.dump = dump;
        this.svids = svids;
        this.configured = configured;
    }

    Map<String, Page> all() {
        Map<String, Page> pages = new LinkedHashMap<>();
        pages.put("GET /ready", _ -> ready());
        pages.put("GET /config_dump", _ -> configDump());
        pages.put("GET /listeners", _ -> listeners());
        pages.put("GET /clusters", _ -> clusters());
        pages.put("GET /certs", _ -> certificates());
        return pages;
    }

    boolean isReady() {
        return configured.getAsBoolean() && listeners.failures().isEmpty();
    }

    private Answer ready() {
        if (!configured.getAsBoolean()) {
            return Answer.text(503, "waiting for the first configuration\n");
        }
        Map<String, String> failures = listeners.failures();
        return failures.isEmpty()
                ? Answer.text(200, "ready\n")
                : Answer.text(503, String.join("\n", failures.values()) + "\n");
    }

    private Answer configDump() {
        try {
            return Answer.json(dump.json().get(DUMP_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Answer.text(503, "stopping\n");
        } catch (ExecutionException | TimeoutException e) {
            return Answer.text(500, "the configuration cannot be dumped: " + e.getMessage() + "\n");
        }
    }

    private Answer listeners() {
        StringBuilder text = new StringBuilder();
        Map<String, Integer> open = listeners.openConnections();
        new TreeMap<>(listeners.addresses())
                .forEach((name, address) -> text.append(name)
                        .append(' ')
                        .append(address.getAddress().getHostAddress())
                        .append(':')
                        .append(address.getPort())
                        .append(" connections ")
                        .append(open.getOrDefault(name, 0))
                        .append('\n'));
        listeners
                .failures()
                .forEach((_, reason) -> text.append("failed: ").append(reason).append('\n'));
        return Answer.text(200, text.toString());
    }

    private Answer clusters() {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(clusters.clusters()).forEach((name, cluster) -> {
            text.append(name).append('\n');
            for (Host host : cluster.endpoints().hosts()) {
                text.append("  ").append(host.address()).append('\n');
            }
        });
        return Answer.text(200, text.toString());
    }

    private Answer certificates() {
        if (svids == null) {
            return Answer.text(200, "this proxy has no identity\n");
        }
        return Answer.text(200, svids.identity().get().svid() + "\n" + svids.status() + "\n");
    }
}

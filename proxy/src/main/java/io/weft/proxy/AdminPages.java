package io.weft.proxy;

import io.weft.proxy.admin.AdminServer.Answer;
import io.weft.proxy.admin.AdminServer.Page;
import io.weft.proxy.ads.ConfigDump;
import io.weft.proxy.listener.ListenerManager;
import io.weft.proxy.upstream.ClusterManager;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** The pages of the admin server. */
final class AdminPages {
    private static final long DUMP_SECONDS = 5;

    private final ListenerManager listeners;
    private final ClusterManager clusters;
    private final ConfigDump dump;
    private final CertificatesPage certificates;
    private final Supplier<String> awaited;
    private final Supplier<String> metrics;
    private final DrainPage drain;

    /**
     * @param awaited what the proxy waits for before it is ready; empty: nothing
     * @param metrics those of the process and its requests
     */
    AdminPages(
            ListenerManager listeners,
            ClusterManager clusters,
            ConfigDump dump,
            CertificatesPage certificates,
            Supplier<String> awaited,
            DrainPage drain,
            Supplier<String> metrics) {
        this.listeners = listeners;
        this.clusters = clusters;
        this.dump = dump;
        this.certificates = certificates;
        this.awaited = awaited;
        this.metrics = metrics;
        this.drain = drain;
    }

    Map<String, Page> all() {
        Map<String, Page> pages = new LinkedHashMap<>();
        pages.put("GET /ready", _ -> ready());
        pages.put("GET /config_dump", _ -> configDump());
        pages.put("GET /listeners", _ -> listeners());
        pages.put("GET /clusters", _ -> clusters());
        pages.put("GET /certs", _ -> certificates());
        pages.put("GET /metrics", _ -> metrics());
        pages.put("GET /drain", _ -> drain.status());
        pages.put("POST /drain", drain::begin);
        pages.put("GET /stats/prometheus", _ -> metrics());
        return pages;
    }

    /**
     * A page's body, for whoever asks over another way than HTTP.
     *
     * @throws IllegalArgumentException where there is no such page, or it has no answer now
     */
    String body(String path) {
        Page page = all().get("GET " + path);
        if (page == null) {
            throw new IllegalArgumentException("no page \"" + path + "\": there are " + all().keySet());
        }
        Answer answer = page.make("");
        if (answer.status() != 200) {
            throw new IllegalArgumentException(answer.body().strip());
        }
        return answer.body();
    }

    private Answer metrics() {
        return new Answer(
                200,
                "text/plain; version=0.0.4; charset=utf-8",
                metrics.get() + ClusterText.metrics(clusters) + drain.metrics() + certificates.metrics());
    }

    boolean isReady() {
        return awaited.get().isEmpty() && listeners.failures().isEmpty();
    }

    private Answer ready() {
        String missing = awaited.get();
        if (!missing.isEmpty()) {
            return Answer.text(503, missing + "\n");
        }
        if (drain.isDraining()) {
            return Answer.text(503, "draining\n");
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
        return Answer.text(200, ClusterText.of(clusters));
    }

    private Answer certificates() {
        return Answer.json(certificates.json());
    }
}

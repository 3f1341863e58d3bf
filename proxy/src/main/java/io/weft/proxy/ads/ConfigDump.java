package io.weft.proxy.ads;

import com.google.protobuf.Any;
import io.weft.core.time.Scheduler;
import io.weft.core.violation.Violation;
import io.weft.proxy.ads.ResourceTable.Held;
import io.weft.proxy.bootstrap.MessageWriter;
import io.weft.proxy.bootstrap.ParsedBootstrap;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What a proxy runs, as JSON for people and for the admin server: the bootstrap, each discovered resource with its version and state
 * (active, warming, refused), what was refused last, what is missed, what is not honoured. Secrets are redacted.
 */
public final class ConfigDump {
    /** Loaded when a dump is asked for, which most proxies never are. */
    private static final class Json {
        static final JsonFactory FACTORY = new JsonFactory();
    }

    private final ParsedBootstrap bootstrap;
    private final @Nullable Assembler assembler;
    private final @Nullable AdsClient client;
    private final Scheduler loop;

    /**
     * Of a proxy with or without a control plane.
     *
     * @param assembler null: everything is static
     * @param client null: everything is static
     * @param loop the assembler's
     */
    public ConfigDump(
            ParsedBootstrap bootstrap, @Nullable Assembler assembler, @Nullable AdsClient client, Scheduler loop) {
        this.bootstrap = bootstrap;
        this.assembler = assembler;
        this.client = client;
        this.loop = loop;
    }

    /** From any thread; what is held is looked at on the control loop, and written on a thread of its own: that may take a second. */
    public CompletableFuture<String> json() {
        CompletableFuture<Map<String, List<Entry>>> held = new CompletableFuture<>();
        loop.schedule(Duration.ZERO, () -> {
            try {
                held.complete(held());
            } catch (RuntimeException e) {
                held.completeExceptionally(e);
            }
        });
        return held.thenApplyAsync(this::write, Thread.ofVirtual().name("weft-config-dump")::start);
    }

    private String write(Map<String, List<Entry>> held) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = Json.FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            controlPlane(json);
            Assembler source = assembler;
            if (source != null) {
                assembly(json, source.state().get());
                held.forEach((title, entries) -> resources(json, title, entries));
            }
            json.writeName("bootstrap");
            new MessageWriter(json).write(ParsedBootstrap.TYPE, bootstrap.bytes());
            json.writeEndObject();
        }
        return text.toString();
    }

    /**
     * One version of a resource.
     *
     * @param errors why it was refused
     * @param resource null: it was refused
     */
    private record Entry(
            String name,
            String version,
            String state,
            List<Violation> errors,
            List<Violation> notHonoured,
            @Nullable Any resource) {
        static Entry of(String state, Held<?> held) {
            return new Entry(
                    held.raw().getName(),
                    held.version(),
                    state,
                    List.of(),
                    held.notHonoured(),
                    held.raw().getResource());
        }
    }

    /** By kind. */
    private Map<String, List<Entry>> held() {
        Map<String, List<Entry>> held = new LinkedHashMap<>();
        Assembler source = assembler;
        if (source != null) {
            Holdings holdings = source.holdings();
            Active active = source.active();
            held.put("listeners", entries(holdings.listeners, active.listeners));
            held.put("routes", entries(holdings.routes, active.routes));
            held.put("clusters", entries(holdings.clusters, active.clusters));
            held.put("endpoints", entries(holdings.endpoints, holdings.endpoints.all()));
        }
        return held;
    }

    private static <T> List<Entry> entries(ResourceTable<T> table, Map<String, Held<T>> active) {
        List<Entry> entries = new ArrayList<>();
        Set<String> names = new TreeSet<>(table.all().keySet());
        names.addAll(active.keySet());
        names.addAll(table.refusals().keySet());
        for (String name : names) {
            Held<T> running = active.get(name);
            Held<T> latest = table.get(name);
            ResourceTable.Refusal refusal = table.refusal(name);
            if (running != null) {
                entries.add(Entry.of("active", running));
            }
            if (latest != null && !latest.equals(running)) {
                entries.add(Entry.of("warming", latest));
            }
            if (refusal != null) {
                entries.add(new Entry(name, refusal.version(), "refused", refusal.errors(), List.of(), null));
            }
        }
        return entries;
    }

    private void controlPlane(JsonGenerator json) {
        AdsClient ads = client;
        if (ads == null) {
            json.writeNullProperty("control_plane");
            return;
        }
        AdsStatus status = ads.status().get();
        json.writeObjectPropertyStart("control_plane");
        json.writeBooleanProperty("connected", status.connected());
        json.writeStringProperty("identifier", status.controlPlane());
        json.writeStringProperty("error", status.error());
        json.writeEndObject();
    }

    private static void assembly(JsonGenerator json, AssemblyState state) {
        json.writeBooleanProperty("ready", state.ready());
        json.writeNumberProperty("revision", state.revision());
        AssemblyState.Nack nack = state.lastNack();
        if (nack == null) {
            json.writeNullProperty("last_nack");
        } else {
            json.writeObjectPropertyStart("last_nack");
            json.writeStringProperty("time", nack.time().toString());
            json.writeStringProperty("type_url", nack.typeUrl());
            json.writeStringProperty("reason", nack.reason());
            json.writeEndObject();
        }
        strings(json, "absences", state.absences());
    }

    private static void resources(JsonGenerator json, String title, List<Entry> entries) {
        json.writeArrayPropertyStart(title);
        for (Entry entry : entries) {
            json.writeStartObject();
            json.writeStringProperty("name", entry.name());
            json.writeStringProperty("version", entry.version());
            json.writeStringProperty("state", entry.state());
            Any resource = entry.resource();
            if (resource == null) {
                strings(json, "errors", texts(entry.errors()));
            } else {
                if (!entry.notHonoured().isEmpty()) {
                    strings(json, "not_honoured", texts(entry.notHonoured()));
                }
                json.writeName("resource");
                new MessageWriter(json).any(resource.getTypeUrl(), resource.getValue());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static List<String> texts(List<Violation> violations) {
        return violations.stream().map(Violation::toString).toList();
    }

    private static void strings(JsonGenerator json, String name, List<String> values) {
        json.writeArrayPropertyStart(name);
        values.forEach(json::writeString);
        json.writeEndArray();
    }
}

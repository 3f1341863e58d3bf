package io.weft.proxy.ads;

import io.weft.core.time.Scheduler;
import io.weft.core.violation.Violation;
import io.weft.proxy.ads.ResourceTable.Held;
import io.weft.proxy.bootstrap.MessageWriter;
import io.weft.proxy.bootstrap.ParsedBootstrap;
import java.io.StringWriter;
import java.time.Duration;
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

    /** Written on the control loop; from any thread. */
    public CompletableFuture<String> json() {
        CompletableFuture<String> text = new CompletableFuture<>();
        loop.schedule(Duration.ZERO, () -> {
            try {
                text.complete(write());
            } catch (RuntimeException e) {
                text.completeExceptionally(e);
            }
        });
        return text;
    }

    private String write() {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = Json.FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            controlPlane(json);
            Assembler source = assembler;
            if (source != null) {
                assembly(json, source);
            }
            json.writeName("bootstrap");
            new MessageWriter(json).write(bootstrap.message());
            json.writeEndObject();
        }
        return text.toString();
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

    private static void assembly(JsonGenerator json, Assembler source) {
        AssemblyState state = source.state().get();
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
        Holdings holdings = source.holdings();
        Active active = source.active();
        resources(json, "listeners", holdings.listeners, active.listeners);
        resources(json, "routes", holdings.routes, active.routes);
        resources(json, "clusters", holdings.clusters, active.clusters);
        resources(json, "endpoints", holdings.endpoints, holdings.endpoints.all());
    }

    private static <T> void resources(
            JsonGenerator json, String title, ResourceTable<T> table, Map<String, Held<T>> active) {
        json.writeArrayPropertyStart(title);
        Set<String> names = new TreeSet<>(table.all().keySet());
        names.addAll(active.keySet());
        names.addAll(table.refusals().keySet());
        for (String name : names) {
            Held<T> running = active.get(name);
            Held<T> latest = table.get(name);
            ResourceTable.Refusal refusal = table.refusal(name);
            if (running != null) {
                resource(json, "active", running);
            }
            if (latest != null && !latest.equals(running)) {
                resource(json, "warming", latest);
            }
            if (refusal != null) {
                json.writeStartObject();
                json.writeStringProperty("name", name);
                json.writeStringProperty("version", refusal.version());
                json.writeStringProperty("state", "refused");
                strings(json, "errors", texts(refusal.errors()));
                json.writeEndObject();
            }
        }
        json.writeEndArray();
    }

    private static void resource(JsonGenerator json, String state, Held<?> held) {
        json.writeStartObject();
        json.writeStringProperty("name", held.raw().getName());
        json.writeStringProperty("version", held.version());
        json.writeStringProperty("state", state);
        if (!held.notHonoured().isEmpty()) {
            strings(json, "not_honoured", texts(held.notHonoured()));
        }
        json.writeName("resource");
        new MessageWriter(json).write(held.raw().getResource());
        json.writeEndObject();
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

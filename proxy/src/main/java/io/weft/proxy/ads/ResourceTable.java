package io.weft.proxy.ads;

import com.google.protobuf.Any;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.weft.core.violation.Violation;
import io.weft.engine.xds.Parsed;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The resources of one kind that were received and taken, whether active or not, and the last refusal of each name. */
final class ResourceTable<T> {
    private static final Logger LOG = LoggerFactory.getLogger(ResourceTable.class);
    /** A control plane that sends more is not believed. */
    private static final int MAX_RESOURCES = 100_000;

    private final ResourceKind kind;
    private final Function<Any, Parsed<T>> parser;
    private final Map<String, Held<T>> held = new HashMap<>();
    private final Map<String, Refusal> refused = new HashMap<>();

    ResourceTable(ResourceKind kind, Function<Any, Parsed<T>> parser) {
        this.kind = kind;
        this.parser = parser;
    }

    /**
     * A resource that was taken.
     *
     * @param raw as it came
     * @param value what it means; compared by identity: another version is another configuration
     * @param notHonoured what it says and Weft does not do
     */
    record Held<T>(Resource raw, T value, List<Violation> notHonoured) {
        String version() {
            return raw.getVersion();
        }
    }

    /** Why a version of a resource was not taken. */
    record Refusal(String version, List<Violation> errors) {}

    ResourceKind kind() {
        return kind;
    }

    @Nullable
    Held<T> get(String name) {
        return held.get(name);
    }

    @Nullable
    Refusal refusal(String name) {
        return refused.get(name);
    }

    Map<String, Held<T>> all() {
        return Collections.unmodifiableMap(held);
    }

    Map<String, Refusal> refusals() {
        return Collections.unmodifiableMap(refused);
    }

    Map<String, String> versions() {
        Map<String, String> versions = new HashMap<>();
        held.forEach((name, resource) -> versions.put(name, resource.version()));
        return versions;
    }

    /** Takes what is good, and tells what is wrong with the rest, each under the resource's kind and name. */
    List<Violation> accept(Collection<Resource> resources, Collection<String> removed) {
        List<Violation> errors = new ArrayList<>();
        removed.forEach(this::remove);
        for (Resource resource : resources) {
            List<Violation> wrong = accept(resource);
            if (!wrong.isEmpty()) {
                wrong.forEach(error -> errors.add(named(resource.getName(), error)));
            }
        }
        return errors;
    }

    /** Seen from all resources: {@code cluster service/shop/cart/80: connect_timeout: ...}. */
    private Violation named(String name, Violation error) {
        String whole = kind.noun() + " " + name + (error.path().isEmpty() ? "" : ": " + error.path());
        return new Violation(whole, error.value(), error.expected(), error.hint(), error.location());
    }

    private List<Violation> accept(Resource resource) {
        String name = resource.getName();
        if (held.size() >= MAX_RESOURCES && !held.containsKey(name)) {
            return List.of(Violation.at("", "", "more than " + MAX_RESOURCES + " resources of this kind"));
        }
        Held<T> present = held.get(name);
        if (present != null && present.raw().equals(resource)) {
            return List.of();
        }
        Parsed<T> parsed = parse(resource);
        T value = parsed.value();
        if (value == null) {
            refused.put(name, new Refusal(resource.getVersion(), parsed.errors()));
            return parsed.errors();
        }
        refused.remove(name);
        if (!parsed.notHonoured().isEmpty()) {
            LOG.warn(
                    "not honoured: {}",
                    parsed.notHonoured().stream()
                            .map(field -> named(name, field).toString())
                            .collect(Collectors.joining("; ")));
        }
        held.put(name, new Held<>(resource, value, parsed.notHonoured()));
        return List.of();
    }

    /** A parser that fails is a bug, and must not end the control loop's work for all other resources. */
    private Parsed<T> parse(Resource resource) {
        try {
            return parser.apply(resource.getResource());
        } catch (RuntimeException e) {
            LOG.error("the parser failed at {} {}", kind.noun(), resource.getName(), e);
            return new Parsed<>(null, List.of(Violation.at("", "", "the proxy failed to read it: " + e)), List.of());
        }
    }

    void remove(String name) {
        held.remove(name);
        refused.remove(name);
    }
}

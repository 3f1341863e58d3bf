package io.weft.resource.codec;

import io.weft.resource.codec.Schema.Honour;
import io.weft.resource.model.ResourceKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The schemas of all kinds, each read when it is first asked for. */
final class Schemas {
    private static final Schema TEXT = new Schema.Text(List.of(), null, 0, Long.MAX_VALUE);

    private final Map<ResourceKind, Schema.Structure> byKind = new ConcurrentHashMap<>();

    Schema.Structure of(ResourceKind kind) {
        return byKind.computeIfAbsent(kind, Schemas::load);
    }

    private static Schema.Structure load(ResourceKind kind) {
        Schema.Structure own = new SchemaReader(honours(kind)).kind(file(kind.kind() + ".yaml"));
        Map<String, Schema.Property> properties = new LinkedHashMap<>();
        properties.put("apiVersion", new Schema.Property(TEXT, null, new Honour.Full()));
        properties.put("kind", new Schema.Property(TEXT, null, new Honour.Full()));
        properties.put("metadata", new Schema.Property(metadata(), null, new Honour.Full()));
        properties.putAll(own.properties());
        properties.put("status", new Schema.Property(new Schema.Anything(), null, new Honour.Ignored()));
        Set<String> required = new java.util.LinkedHashSet<>(List.of("metadata"));
        required.addAll(own.required());
        return new Schema.Structure(properties, required, null);
    }

    private static Schema.Structure metadata() {
        return new SchemaReader(Map.of()).kind(file("ObjectMeta.yaml"));
    }

    private static Map<String, Honour> honours(ResourceKind kind) {
        Node.Mapping table = file("honour.yaml").child(kind.kind());
        Map<String, Honour> honours = new LinkedHashMap<>();
        table.items("ignored").forEach(path -> honours.put(path.text(), new Honour.Ignored()));
        table.items("reported").forEach(path -> honours.put(path.text(), new Honour.Reported()));
        table.child("refused")
                .entries()
                .forEach((path, remedy) ->
                        honours.put(path, new Honour.Refused(remedy.value().text())));
        return honours;
    }

    private static Node.Mapping file(String name) {
        try (@Nullable InputStream stream = Schemas.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException("no schema " + name);
            }
            SourceText source = new SourceText(name, new String(stream.readAllBytes(), StandardCharsets.UTF_8));
            Findings findings = new Findings();
            List<RawDocument> documents = new ArrayList<>();
            YamlReader.read(source, new ReadLimits(), findings, documents);
            if (findings.count() != 0) {
                throw new IllegalStateException(name + ": " + findings.violations());
            }
            return documents.getFirst().root().mapping();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        } catch (UnreadableException invalid) {
            throw new IllegalStateException(name + ":" + invalid.line() + ": " + invalid.reason(), invalid);
        }
    }
}

package io.weft.resource.codec;

import io.weft.core.violation.NearestName;
import io.weft.core.violation.SourceLocation;
import io.weft.resource.model.Metadata;
import io.weft.resource.model.Resource;
import io.weft.resource.model.ResourceKey;
import io.weft.resource.model.ResourceKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Takes a change set's documents one after the other: which kind, is it right, which record. */
final class DocumentDecoder {
    private final Schemas schemas;
    private final String defaultNamespace;
    private final boolean strict;
    private final ReadLimits limits;
    private final Findings findings;
    private final List<DecodedDocument> documents = new ArrayList<>();
    private final List<SkippedDocument> skipped = new ArrayList<>();
    private final Map<ResourceKey, SourceLocation> seen = new HashMap<>();

    /** @param strict for what a user hands in; else for what a store or a watch holds */
    DocumentDecoder(Schemas schemas, String defaultNamespace, boolean strict, ReadLimits limits, Findings findings) {
        this.schemas = schemas;
        this.defaultNamespace = defaultNamespace;
        this.strict = strict;
        this.limits = limits;
        this.findings = findings;
    }

    DecodedChangeSet result() {
        return new DecodedChangeSet(documents, skipped);
    }

    void decode(SourceText source, RawDocument raw) throws UnreadableException {
        Node root = raw.root();
        if (!(root instanceof Node.Mapping document)) {
            findings.add(
                    source.file(),
                    root.line(),
                    FieldPath.ROOT,
                    root.text(),
                    "a document with apiVersion, kind, metadata and spec, found " + root.type(),
                    "");
        } else if (isList(document)) {
            decodeItems(source, raw, document);
        } else {
            decode(source.file(), document, slice(source, document.span()));
        }
    }

    /** {@code kubectl get -o yaml} writes one List of what it found. */
    private static boolean isList(Node.Mapping document) {
        return document.text("kind").endsWith("List") && document.at("items") instanceof Node.Sequence;
    }

    private void decodeItems(SourceText source, RawDocument raw, Node.Mapping list) throws UnreadableException {
        for (Node item : list.items("items")) {
            limits.countDocument(item.line());
            if (item instanceof Node.Mapping document && !isList(document)) {
                String text = raw.aliased() ? NodeJson.write(document) : slice(source, document.span());
                decode(source.file(), document, text);
            } else {
                findings.add(
                        source.file(),
                        item.line(),
                        FieldPath.ROOT.child("items"),
                        item.text(),
                        "documents with apiVersion, kind, metadata and spec",
                        "");
            }
        }
    }

    private static String slice(SourceText source, Node.Span span) {
        return " ".repeat(span.column())
                + source.text().substring(span.start(), span.end()).stripTrailing()
                + "\n";
    }

    private void decode(String file, Node.Mapping document, String text) {
        String apiVersion = document.text("apiVersion");
        String kind = document.text("kind");
        DocumentReport report = new DocumentReport(file, kind, strict, findings);
        if (apiVersion.isEmpty() || kind.isEmpty()) {
            missingKind(document, report);
            return;
        }
        switch (DocumentKind.of(apiVersion, kind)) {
            case DocumentKind.Known(ResourceKind known) -> decode(file, known, document, text, report);
            case DocumentKind.Skipped(String reason) ->
                skipped.add(new SkippedDocument(
                        apiVersion, kind, nameOf(document), new SourceLocation(file, document.line()), reason));
            case DocumentKind.Wrong(String field, String expected, String hint) ->
                report.error(document.at(field), FieldPath.ROOT.child(field), "expected " + expected, hint);
        }
    }

    private static void missingKind(Node.Mapping document, DocumentReport report) {
        for (String field : List.of("apiVersion", "kind")) {
            if (document.text(field).isEmpty()) {
                String hint = document.entries().keySet().stream()
                        .filter(key -> NearestName.of(key, List.of(field)).isPresent())
                        .findFirst()
                        .map(key -> "there is \"" + key + "\"")
                        .orElse("");
                report.error(document.at(field), FieldPath.ROOT.child(field), "expected to be there", hint);
            }
        }
    }

    private static String nameOf(Node.Mapping document) {
        Node.Mapping metadata = document.child("metadata");
        String namespace = metadata.text("namespace");
        return namespace.isEmpty() ? metadata.text("name") : namespace + "/" + metadata.text("name");
    }

    private void decode(String file, ResourceKind kind, Node.Mapping document, String text, DocumentReport report) {
        Node.Mapping checked = new StructureCheck(report)
                .check(schemas.of(kind), document, FieldPath.ROOT)
                .mapping();
        Node.Mapping metadata = checked.child("metadata");
        String written = metadata.has("namespace") ? metadata.text("namespace") : defaultNamespace;
        KindRules.check(kind, checked, written, report);
        if (!report.clean()) {
            return;
        }
        try {
            Metadata bound = Binder.metadata(metadata, kind.namespaced() ? written : "", !strict);
            add(Binder.bind(kind, checked, bound), file, document.line(), text, report);
        } catch (IllegalArgumentException invalid) {
            report.error(document.line(), FieldPath.ROOT, "", String.valueOf(invalid.getMessage()), "");
        }
    }

    private void add(Resource resource, String file, int line, String text, DocumentReport report) {
        SourceLocation here = new SourceLocation(file, line);
        SourceLocation first = seen.putIfAbsent(resource.key(), here);
        if (first != null) {
            report.error(
                    line,
                    FieldPath.ROOT,
                    resource.key().toString(),
                    "each resource only once in a change set: it stands also at " + first,
                    "");
            return;
        }
        documents.add(new DecodedDocument(resource, file, line, text, report.notHonoured()));
    }
}

package io.weft.resource.codec;

import io.weft.core.violation.NearestName;
import io.weft.resource.codec.Schema.Honour;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Walks a document along its schema. Returns the document as the rules and records want it: without what is ignored, with the schema's
 * defaults filled in, as a Kubernetes API server would store it. What is wrong stays in place.
 */
final class StructureCheck {
    private static final int MAX_LISTED_NAMES = 24;

    private final DocumentReport report;

    StructureCheck(DocumentReport report) {
        this.report = report;
    }

    Node check(Schema schema, Node node, FieldPath path) {
        return switch (schema) {
            case Schema.Structure structure -> structure(structure, node, path);
            case Schema.Items items -> items(items, node, path);
            case Schema.Text text -> text(text, node, path);
            case Schema.Whole whole -> whole(whole, node, path);
            case Schema.Truth truth -> scalar(truth, node, path, Node.Scalar.Kind.BOOLEAN);
            case Schema.WholeOrText either ->
                isScalar(node, Node.Scalar.Kind.INTEGER) ? node : scalar(either, node, path, Node.Scalar.Kind.STRING);
            case Schema.Anything _ -> node;
        };
    }

    private Node structure(Schema.Structure schema, Node node, FieldPath path) {
        if (!(node instanceof Node.Mapping mapping)) {
            return wrongType(schema, node, path);
        }
        Map<String, Node.Entry> kept = new LinkedHashMap<>();
        mapping.entries().forEach((name, entry) -> {
            Schema.Property property = schema.properties().get(name);
            if (property != null) {
                property(property, name, entry, path, kept);
            } else if (schema.values() != null) {
                kept.put(name, new Node.Entry(entry.line(), check(schema.values(), entry.value(), path.child(name))));
            } else {
                unknown(name, entry, path, schema.properties().keySet());
            }
        });
        schema.properties().forEach((name, property) -> {
            if (!mapping.has(name)) {
                absent(schema, name, property, mapping, path, kept);
            }
        });
        return new Node.Mapping(mapping.line(), kept, mapping.span());
    }

    private void property(
            Schema.Property property, String name, Node.Entry entry, FieldPath parent, Map<String, Node.Entry> kept) {
        if (entry.value().isNull()) {
            return; // as for Kubernetes, null says that the field is not there
        }
        FieldPath path = parent.child(name);
        switch (property.honour()) {
            case Honour.Ignored _ -> {
                check(property.schema(), entry.value(), path);
                return;
            }
            case Honour.Refused(String remedy) ->
                report.error(entry.line(), path, "", "expected not to be there: Weft does not enforce it", remedy);
            case Honour.Reported _ -> {
                boolean saysTheDefault = property.fallback() != null
                        && property.fallback().text().equals(entry.value().text());
                if (!saysTheDefault) {
                    report.notHonoured(path, entry.line());
                }
            }
            case Honour.Full _ -> {}
        }
        kept.put(name, new Node.Entry(entry.line(), check(property.schema(), entry.value(), path)));
    }

    private void absent(
            Schema.Structure schema,
            String name,
            Schema.Property property,
            Node.Mapping mapping,
            FieldPath path,
            Map<String, Node.Entry> kept) {
        if (schema.required().contains(name)) {
            report.error(
                    mapping.line(),
                    path.child(name),
                    "",
                    "expected to be there: " + property.schema().words(),
                    "");
        } else if (property.fallback() != null && property.honour() instanceof Honour.Full) {
            kept.put(name, new Node.Entry(mapping.line(), atLine(property.fallback(), mapping.line())));
        }
    }

    private void unknown(String name, Node.Entry entry, FieldPath path, Collection<String> known) {
        FieldPath at = path.child(name);
        if (!report.strict()) {
            report.notHonoured(at, entry.line());
            return;
        }
        String hint =
                name.equals("<<") ? "YAML 1.2 has no merge keys: write the fields out" : NearestName.hint(name, known);
        String expected = "no such field in " + report.kind();
        if (hint.isEmpty()) {
            expected += "; there is "
                    + known.stream().sorted().limit(MAX_LISTED_NAMES).collect(Collectors.joining(", "));
        }
        report.error(entry.line(), at, "", expected, hint);
    }

    private Node items(Schema.Items schema, Node node, FieldPath path) {
        if (!(node instanceof Node.Sequence sequence)) {
            return wrongType(schema, node, path);
        }
        int size = sequence.items().size();
        if (size < schema.least() || size > schema.most()) {
            String bound = size < schema.least() ? "at least " + schema.least() : "at most " + schema.most();
            report.error(node.line(), path, "", "a list of " + bound + ", found " + size, "");
        }
        List<Node> kept = new ArrayList<>(size);
        for (Node item : sequence.items()) {
            kept.add(check(schema.item(), item, path.index(kept.size())));
        }
        if (schema.set() || !schema.keys().isEmpty()) {
            checkUnique(schema, kept, path);
        }
        return new Node.Sequence(node.line(), kept);
    }

    private void checkUnique(Schema.Items schema, List<Node> items, FieldPath path) {
        Map<List<String>, Node> seen = new HashMap<>();
        for (int i = 0; i < items.size(); i++) {
            Node item = items.get(i);
            List<String> key = schema.set()
                    ? List.of(item.text())
                    : schema.keys().stream().map(item.mapping()::text).toList();
            Node first = seen.putIfAbsent(key, item);
            if (first != null) {
                report.error(
                        item.line(),
                        path.index(i),
                        String.join(" ", key),
                        "each only once: it stands also in line " + first.line(),
                        "");
            }
        }
    }

    private Node text(Schema.Text schema, Node node, FieldPath path) {
        if (!isScalar(node, Node.Scalar.Kind.STRING)) {
            return wrongType(schema, node, path);
        }
        String text = node.text();
        int length = text.codePointCount(0, text.length());
        if (!schema.allowed().isEmpty()) {
            if (!schema.allowed().contains(text)) {
                report.error(node, path, schema.words(), NearestName.hint(text, schema.allowed()));
            }
        } else if (length < schema.least()) {
            report.error(
                    node, path, schema.least() == 1 ? "not to be empty" : "at least " + schema.least() + " characters");
        } else if (length > schema.most()) {
            report.error(node, path, "at most " + schema.most() + " characters, found " + length);
        } else if (schema.pattern() != null && !schema.pattern().matches(text)) {
            report.error(node, path, schema.pattern().words());
        }
        return node;
    }

    private Node whole(Schema.Whole schema, Node node, FieldPath path) {
        if (!isScalar(node, Node.Scalar.Kind.INTEGER)) {
            return wrongType(schema, node, path);
        }
        boolean fits = ((Node.Scalar) node)
                .integer()
                .filter(value -> value >= schema.least() && value <= schema.most())
                .filter(value -> schema.allowed().isEmpty() || schema.allowed().contains(String.valueOf(value)))
                .isPresent();
        if (!fits) {
            report.error(node, path, schema.words());
        }
        return node;
    }

    private Node scalar(Schema schema, Node node, FieldPath path, Node.Scalar.Kind kind) {
        return isScalar(node, kind) ? node : wrongType(schema, node, path);
    }

    private static boolean isScalar(Node node, Node.Scalar.Kind kind) {
        return node instanceof Node.Scalar scalar && scalar.kind() == kind;
    }

    private Node wrongType(Schema schema, Node node, FieldPath path) {
        boolean wantsText = schema instanceof Schema.Text || schema instanceof Schema.WholeOrText;
        boolean wantsOther = schema instanceof Schema.Whole || schema instanceof Schema.Truth;
        String hint = "";
        if (wantsText && node instanceof Node.Scalar && !node.isNull()) {
            hint = "put it in quotes";
        } else if (wantsOther
                && isScalar(node, Node.Scalar.Kind.STRING)
                && PlainScalars.kind(node.text()) != Node.Scalar.Kind.STRING) {
            hint = "write it without quotes";
        }
        report.error(node, path, schema.words() + ", found " + node.type(), hint);
        return node;
    }

    private static Node atLine(Node node, int line) {
        return switch (node) {
            case Node.Scalar scalar -> new Node.Scalar(line, scalar.kind(), scalar.text());
            case Node.Sequence sequence ->
                new Node.Sequence(
                        line,
                        sequence.items().stream()
                                .map(item -> atLine(item, line))
                                .toList());
            case Node.Mapping mapping -> {
                Map<String, Node.Entry> entries = new LinkedHashMap<>();
                mapping.entries()
                        .forEach((name, entry) -> entries.put(name, new Node.Entry(line, atLine(entry.value(), line))));
                yield new Node.Mapping(line, entries, Node.Span.NONE);
            }
        };
    }
}

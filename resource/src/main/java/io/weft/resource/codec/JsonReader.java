package io.weft.resource.codec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Composes trees from the tokens of a JSON parser; a text may hold several values, one after the other. */
final class JsonReader {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final SourceText source;
    private final ReadLimits limits;
    private final Findings findings;
    private final JsonParser parser;

    private JsonReader(SourceText source, ReadLimits limits, Findings findings, JsonParser parser) {
        this.source = source;
        this.limits = limits;
        this.findings = findings;
        this.parser = parser;
    }

    /** Adds the documents of a text to {@code documents}; those before an unreadable place are kept. */
    static void read(SourceText source, ReadLimits limits, Findings findings, List<RawDocument> documents)
            throws UnreadableException {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), source.text())) {
            new JsonReader(source, limits, findings, parser).documents(documents);
        } catch (JacksonException syntax) {
            int line = syntax.getLocation() == null
                    ? 1
                    : Math.max(1, syntax.getLocation().getLineNr());
            throw new UnreadableException(line, "valid JSON: " + syntax.getOriginalMessage());
        }
    }

    private void documents(List<RawDocument> documents) throws UnreadableException {
        JsonToken token = parser.nextToken();
        while (token != null) {
            Node root = node(token, FieldPath.ROOT, 0);
            if (!root.isNull()) {
                limits.countDocument(root.line());
                documents.add(new RawDocument(root, false));
            }
            token = parser.nextToken();
        }
    }

    private Node node(@Nullable JsonToken token, FieldPath path, int depth) throws UnreadableException {
        int line = line();
        limits.checkDepth(depth, line);
        limits.count(1, line);
        if (token == null) {
            throw new UnreadableException(line, "valid JSON: a value, found the end");
        }
        return switch (token) {
            case START_OBJECT -> mapping(path, depth, line);
            case START_ARRAY -> sequence(path, depth, line);
            case VALUE_STRING -> new Node.Scalar(line, Node.Scalar.Kind.STRING, checked(parser.getString(), line));
            case VALUE_NUMBER_INT -> new Node.Scalar(line, Node.Scalar.Kind.INTEGER, parser.getString());
            case VALUE_NUMBER_FLOAT -> new Node.Scalar(line, Node.Scalar.Kind.FLOAT, parser.getString());
            case VALUE_TRUE, VALUE_FALSE -> new Node.Scalar(line, Node.Scalar.Kind.BOOLEAN, parser.getString());
            case VALUE_NULL -> new Node.Scalar(line, Node.Scalar.Kind.NULL, "");
            case NOT_AVAILABLE, END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT ->
                throw new UnreadableException(line, "valid JSON: a value, found " + token);
        };
    }

    private Node sequence(FieldPath path, int depth, int line) throws UnreadableException {
        List<Node> items = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            items.add(node(token, path.index(items.size()), depth + 1));
        }
        return new Node.Sequence(line, items);
    }

    private Node mapping(FieldPath path, int depth, int line) throws UnreadableException {
        int start = offset();
        Map<String, Node.Entry> entries = new LinkedHashMap<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_OBJECT; token = parser.nextToken()) {
            int keyLine = line();
            String key = checked(String.valueOf(parser.currentName()), keyLine);
            Node.Entry entry = new Node.Entry(keyLine, node(parser.nextToken(), path.child(key), depth + 1));
            Node.@Nullable Entry first = entries.putIfAbsent(key, entry);
            if (first != null) {
                findings.add(
                        source.file(),
                        keyLine,
                        path.child(key),
                        "",
                        "each key once: it stands also in line " + first.line(),
                        "");
            }
        }
        return new Node.Mapping(line, entries, new Node.Span(start, end(), 0));
    }

    private String checked(String text, int line) throws UnreadableException {
        limits.checkText(text, line);
        return text;
    }

    private int line() {
        return Math.max(1, parser.currentTokenLocation().getLineNr());
    }

    private int offset() {
        return Math.toIntExact(Math.max(0, parser.currentTokenLocation().getCharOffset()));
    }

    private int end() {
        return Math.toIntExact(Math.max(0, parser.currentLocation().getCharOffset()));
    }
}

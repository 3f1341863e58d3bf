package io.weft.resource.codec;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Composes trees from the events of a YAML 1.2 parser. Ours instead of the library's composer, because of what it keeps (lines, text) and
 * what it bounds (aliases, depth).
 */
final class YamlReader {
    private final SourceText source;
    private final ReadLimits limits;
    private final Findings findings;
    private final CharacterOffsets offsets;
    private final ParserImpl parser;
    private final Map<Anchor, Anchored> anchors = new HashMap<>();

    /** A node that aliases may name, and how many nodes it holds. */
    private record Anchored(Node node, int size) {}

    private YamlReader(SourceText source, ReadLimits limits, Findings findings) {
        this.source = source;
        this.limits = limits;
        this.findings = findings;
        this.offsets = new CharacterOffsets(source.text());
        LoadSettings settings = LoadSettings.builder()
                .setLabel(source.file())
                .setUseMarks(true)
                .setCodePointLimit(ReadLimits.MAX_BYTES + 1)
                .build();
        this.parser = new ParserImpl(settings, new StreamReader(settings, source.text()));
    }

    /** Adds the documents of a text to {@code documents}; those before an unreadable place are kept. */
    static void read(SourceText source, ReadLimits limits, Findings findings, List<RawDocument> documents)
            throws UnreadableException {
        try {
            new YamlReader(source, limits, findings).documents(documents);
        } catch (MarkedYamlEngineException syntax) {
            int line = syntax.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
            throw new UnreadableException(line, "valid YAML: " + syntax.getProblem());
        } catch (YamlEngineException unreadable) {
            throw new UnreadableException(1, "valid YAML: " + unreadable.getMessage());
        }
    }

    private void documents(List<RawDocument> documents) throws UnreadableException {
        parser.next();
        while (parser.peekEvent().getEventId() == Event.ID.DocumentStart) {
            parser.next();
            anchors.clear();
            Node root = node(FieldPath.ROOT, 0);
            parser.next();
            if (!root.isNull()) {
                limits.countDocument(root.line());
                documents.add(new RawDocument(root, !anchors.isEmpty()));
            }
        }
    }

    private Node node(FieldPath path, int depth) throws UnreadableException {
        Event event = parser.next();
        int line = line(event);
        limits.checkDepth(depth, line);
        if (event instanceof AliasEvent alias) {
            return resolve(alias, line);
        }
        int before = limits.nodes();
        limits.count(1, line);
        return switch (event) {
            case ScalarEvent scalar -> anchored(scalar.getAnchor(), scalar(scalar, line), before);
            case SequenceStartEvent sequence -> {
                refuseTag(sequence.getTag(), "tag:yaml.org,2002:seq", line);
                yield anchored(sequence.getAnchor(), sequence(path, depth, line), before);
            }
            case MappingStartEvent mapping -> {
                refuseTag(mapping.getTag(), "tag:yaml.org,2002:map", line);
                yield anchored(mapping.getAnchor(), mapping(mapping, path, depth, line), before);
            }
            default -> throw new UnreadableException(line, "a value, found " + event.getEventId());
        };
    }

    private Node resolve(AliasEvent alias, int line) throws UnreadableException {
        Anchored target = anchors.get(alias.getAlias());
        if (target == null) {
            throw new UnreadableException(
                    line, "an anchor &" + alias.getAlias() + " before its alias (and not around it)");
        }
        limits.count(target.size(), line);
        return target.node();
    }

    private Node anchored(Optional<Anchor> anchor, Node node, int nodesBefore) {
        anchor.ifPresent(name -> anchors.put(name, new Anchored(node, limits.nodes() - nodesBefore)));
        return node;
    }

    private Node scalar(ScalarEvent event, int line) throws UnreadableException {
        Optional<String> tag = event.getTag();
        boolean string = tag.filter(name -> name.equals("tag:yaml.org,2002:str") || name.equals("!"))
                .isPresent();
        if (!string) {
            refuseTag(tag, "", line);
        }
        limits.checkText(event.getValue(), line);
        limits.countText(event.getValue(), line);
        boolean typed = event.isPlain() && !string;
        Node.Scalar.Kind kind = typed ? PlainScalars.kind(event.getValue()) : Node.Scalar.Kind.STRING;
        return new Node.Scalar(line, kind, event.getValue());
    }

    private static void refuseTag(Optional<String> tag, String allowed, int line) throws UnreadableException {
        if (tag.isPresent() && !tag.get().equals(allowed)) {
            throw new UnreadableException(line, "no tag, found " + tag.get());
        }
    }

    private Node sequence(FieldPath path, int depth, int line) throws UnreadableException {
        List<Node> items = new ArrayList<>();
        while (parser.peekEvent().getEventId() != Event.ID.SequenceEnd) {
            items.add(node(path.index(items.size()), depth + 1));
        }
        parser.next();
        return new Node.Sequence(line, items);
    }

    private Node mapping(CollectionStartEvent start, FieldPath path, int depth, int line) throws UnreadableException {
        int from = offset(start.getStartMark());
        Map<String, Node.Entry> entries = new LinkedHashMap<>();
        while (parser.peekEvent().getEventId() != Event.ID.MappingEnd) {
            int keyLine = line(parser.peekEvent());
            if (!(node(path, depth + 1) instanceof Node.Scalar key)) {
                throw new UnreadableException(keyLine, "a plain key, found a mapping or a list as a key");
            }
            Node.Entry entry = new Node.Entry(keyLine, node(path.child(key.text()), depth + 1));
            Node.@Nullable Entry first = entries.putIfAbsent(key.text(), entry);
            if (first != null) {
                findings.add(
                        source.file(),
                        keyLine,
                        path.child(key.text()),
                        "",
                        "each key once: it stands also in line " + first.line(),
                        "");
            }
        }
        Event end = parser.next();
        int column =
                start.isFlow() ? 0 : start.getStartMark().map(Mark::getColumn).orElse(0);
        Node.Span span = new Node.Span(from, offset(end.getEndMark()), column);
        return new Node.Mapping(line, entries, span);
    }

    private static int line(Event event) {
        return event.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    }

    private int offset(Optional<Mark> mark) {
        return offsets.of(mark.map(Mark::getIndex).orElse(0));
    }
}

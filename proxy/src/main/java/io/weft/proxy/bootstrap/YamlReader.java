package io.weft.proxy.bootstrap;

import io.weft.core.violation.InvalidInputException;
import io.weft.core.violation.SourceLocation;
import io.weft.core.violation.Violation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Makes one tree of nodes from a YAML document. JSON is a subset of YAML 1.2, so this reads both and knows lines in both. Built from
 * the parser's events, not by its composer, because the composer has no bound on depth. An alias stands for the very node of its
 * anchor, which must have ended before: so there are no cycles, and the tree's expanded size is bounded by whoever walks it.
 */
final class YamlReader {
    static final int MAX_DEPTH = 128;
    private static final int MAX_CHARACTERS = 16 << 20;
    private static final String STRING_TAG = "tag:yaml.org,2002:str";

    private final String file;
    private final Iterator<Event> events;
    private final Map<Anchor, YamlNode> anchors = new HashMap<>();
    private final List<Violation> violations = new ArrayList<>();
    private int depth;

    private YamlReader(String file, String text) {
        this.file = file;
        LoadSettings settings = LoadSettings.builder()
                .setLabel(file)
                .setCodePointLimit(MAX_CHARACTERS)
                .build();
        this.events = new Parse(settings).parseString(text).iterator();
    }

    /**
     * Reads a text that holds exactly one document.
     *
     * @throws InvalidInputException with line and reason
     */
    static YamlNode read(String file, String text) throws InvalidInputException {
        YamlReader reader = new YamlReader(file, text);
        try {
            YamlNode document = reader.document();
            if (!reader.violations.isEmpty()) {
                throw new InvalidInputException(reader.violations);
            }
            return document;
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(YamlReader::line).orElse(1);
            String context = e.getContext() == null ? "" : e.getContext() + ": ";
            throw reader.refused(line, "", "not YAML: " + context + e.getProblem());
        } catch (YamlEngineException e) {
            throw reader.refused(1, "", "not YAML: " + e.getMessage());
        }
    }

    private YamlNode document() throws InvalidInputException {
        events.next(); // the stream's start
        Event start = events.next();
        if (start.getEventId() != Event.ID.DocumentStart) {
            throw refused(1, "", "the file is empty, expected a Bootstrap message");
        }
        YamlNode root = node(events.next());
        events.next(); // the document's end
        Event next = events.next();
        if (next.getEventId() != Event.ID.StreamEnd) {
            throw refused(line(next), "", "a second document begins here, expected one document in the file");
        }
        return root;
    }

    private YamlNode node(Event event) throws InvalidInputException {
        if (++depth > MAX_DEPTH) {
            throw refused(line(event), "", "nested deeper than " + MAX_DEPTH + " levels");
        }
        YamlNode node = switch (event) {
            case AliasEvent alias -> target(alias);
            case ScalarEvent scalar -> scalar(scalar);
            case SequenceStartEvent sequence -> sequence(sequence);
            case MappingStartEvent mapping -> mapping(mapping);
            default -> throw refused(line(event), "", "not YAML: unexpected " + event);
        };
        if (event instanceof NodeEvent anchored && !(event instanceof AliasEvent)) {
            anchored.getAnchor().ifPresent(anchor -> anchors.put(anchor, node));
        }
        depth--;
        return node;
    }

    private YamlNode target(AliasEvent alias) throws InvalidInputException {
        YamlNode target = anchors.get(alias.getAlias());
        if (target == null) {
            throw refused(
                    line(alias),
                    "*" + alias.getAlias().getValue(),
                    "expected an alias of an anchor that ends before it");
        }
        return target;
    }

    private YamlNode scalar(ScalarEvent event) {
        String tag = event.getTag().orElse("");
        if (!tag.isEmpty() && !tag.equals("!") && !tag.equals(STRING_TAG)) {
            violations.add(violation(line(event), tag, "expected no tag but !!str"));
        }
        return new YamlNode.Scalar(event.getValue(), event.isPlain() && tag.isEmpty(), line(event));
    }

    private YamlNode sequence(SequenceStartEvent start) throws InvalidInputException {
        List<YamlNode> items = new ArrayList<>();
        for (Event event = events.next(); event.getEventId() != Event.ID.SequenceEnd; event = events.next()) {
            items.add(node(event));
        }
        return new YamlNode.Sequence(items, line(start));
    }

    private YamlNode mapping(MappingStartEvent start) throws InvalidInputException {
        List<YamlNode.Entry> entries = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        for (Event event = events.next(); event.getEventId() != Event.ID.MappingEnd; event = events.next()) {
            YamlNode key = node(event);
            YamlNode value = node(events.next());
            if (!(key instanceof YamlNode.Scalar scalar)) {
                violations.add(violation(key.line(), "", "the key is " + key.description() + ", expected a name"));
                continue;
            }
            Integer first = seen.putIfAbsent(scalar.text(), key.line());
            if (first == null) {
                entries.add(new YamlNode.Entry(scalar.text(), line(event), value));
            } else {
                violations.add(violation(line(event), scalar.text(), "the key stands twice, first on line " + first));
            }
        }
        return new YamlNode.Mapping(entries, line(start));
    }

    private InvalidInputException refused(int line, String value, String expected) {
        violations.add(violation(line, value, expected));
        return new InvalidInputException(violations);
    }

    private Violation violation(int line, String value, String expected) {
        return new Violation("", value, expected, "", new SourceLocation(file, line));
    }

    private static int line(Event event) {
        return event.getStartMark().map(YamlReader::line).orElse(1);
    }

    private static int line(Mark mark) {
        return mark.getLine() + 1;
    }
}

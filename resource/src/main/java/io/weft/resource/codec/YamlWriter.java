package io.weft.resource.codec;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.StreamDataWriter;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.emitter.Emitter;
import org.snakeyaml.engine.v2.events.DocumentEndEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ImplicitTuple;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.events.StreamEndEvent;
import org.snakeyaml.engine.v2.events.StreamStartEvent;
import tools.jackson.databind.JsonNode;

/**
 * Writes trees as YAML. Ours instead of Jackson's generator, which writes some strings with line breaks so that they read as others. What a
 * reader of YAML 1.1 or 1.2 could take for anything but a string is quoted: kubectl reads 1.1, with its "on", dates and numbers in base 60.
 */
final class YamlWriter implements StreamDataWriter {
    private static final Pattern PLAIN =
            Pattern.compile("[A-Za-z0-9/]([-A-Za-z0-9_./ ,;()+=@|^$*?]*[-A-Za-z0-9_./)+*$])?");
    private static final Pattern LIKE_A_NUMBER = Pattern.compile("[.0-9][-+._0-9a-fA-FxXoTtZz ]*");
    private static final Set<String> WORDS_OF_YAML_1_1 =
            Set.of("y", "n", "yes", "no", "on", "off", "true", "false", "null");
    private static final Pattern LINES = Pattern.compile("([!-~][ -~]*\n)+");

    private final StringBuilder text = new StringBuilder();
    private final Emitter emitter;

    private YamlWriter() {
        DumpSettings settings = DumpSettings.builder()
                .setSplitLines(false)
                .setIndicatorIndent(0)
                .setMaxSimpleKeyLength(1024)
                .build();
        emitter = new Emitter(settings, this);
    }

    static String write(JsonNode root) {
        YamlWriter writer = new YamlWriter();
        writer.document(root);
        return writer.text.toString();
    }

    @Override
    public void write(String piece) {
        text.append(piece);
    }

    @Override
    public void write(String piece, int offset, int length) {
        text.append(piece, offset, offset + length);
    }

    private void document(JsonNode root) {
        List<Event> head = List.of(new StreamStartEvent(), new DocumentStartEvent(false, Optional.empty(), Map.of()));
        head.forEach(emitter::emit);
        value(root);
        emitter.emit(new DocumentEndEvent(false));
        emitter.emit(new StreamEndEvent());
    }

    private void value(JsonNode node) {
        if (node.isObject()) {
            FlowStyle style = node.isEmpty() ? FlowStyle.FLOW : FlowStyle.BLOCK;
            emitter.emit(new MappingStartEvent(Optional.empty(), Optional.empty(), true, style));
            node.properties().forEach(property -> {
                scalar(property.getKey(), keyStyle(property.getKey()));
                value(property.getValue());
            });
            emitter.emit(new MappingEndEvent());
        } else if (node.isArray()) {
            FlowStyle style = node.isEmpty() ? FlowStyle.FLOW : FlowStyle.BLOCK;
            emitter.emit(new SequenceStartEvent(Optional.empty(), Optional.empty(), true, style));
            node.forEach(this::value);
            emitter.emit(new SequenceEndEvent());
        } else if (node.isString()) {
            scalar(node.stringValue(), valueStyle(node.stringValue()));
        } else {
            scalar(node.asString(), ScalarStyle.PLAIN);
        }
    }

    private void scalar(String value, ScalarStyle style) {
        emitter.emit(new ScalarEvent(Optional.empty(), Optional.empty(), new ImplicitTuple(true, true), value, style));
    }

    private static ScalarStyle keyStyle(String key) {
        return plain(key) ? ScalarStyle.PLAIN : ScalarStyle.DOUBLE_QUOTED;
    }

    private static ScalarStyle valueStyle(String value) {
        if (plain(value)) {
            return ScalarStyle.PLAIN;
        }
        return LINES.matcher(value).matches() ? ScalarStyle.LITERAL : ScalarStyle.DOUBLE_QUOTED;
    }

    private static boolean plain(String value) {
        return PLAIN.matcher(value).matches()
                && !LIKE_A_NUMBER.matcher(value).matches()
                && !WORDS_OF_YAML_1_1.contains(value.toLowerCase(Locale.ROOT));
    }
}

package io.weft.proxy.bootstrap;

import com.google.protobuf.ByteString;
import com.google.protobuf.WireFormat.FieldType;
import io.weft.core.violation.NearestName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads nodes into messages as the proto3 JSON mapping says: names in lower camel case or as in the proto file, null for an
 * absent field. Stricter than protobuf's own reader: unknown fields, unknown enum numbers and a field that stands twice are errors.
 */
final class MessageReader {
    private final Findings findings;
    private final Definitions definitions;
    private final ScalarReader scalars;
    private final WellKnownTypes wellKnown;

    MessageReader(Findings findings, Definitions definitions) {
        this.findings = findings;
        this.definitions = definitions;
        this.scalars = new ScalarReader(findings, definitions);
        this.wellKnown = new WellKnownTypes(findings, scalars, definitions);
    }

    /** Reads {@code node} as a message of that type; what is wrong goes to the findings and is left out. */
    ByteString read(YamlNode node, MessageDefinition type, String path) {
        FieldValues message = new FieldValues(type);
        if (findings.enter(path, node)) {
            if (type.name().equals("google.protobuf.Any")) {
                any(node, message, path);
            } else if (WellKnownTypes.hasOwnForm(type)) {
                wellKnown.read(node, message, path);
            } else if (node instanceof YamlNode.Mapping mapping) {
                fields(mapping.entries(), message, path);
            } else {
                findings.mismatch(path, node, "expected a mapping (" + type.simpleName() + ")");
            }
        }
        findings.leave();
        return message.toByteString();
    }

    private void fields(List<YamlNode.Entry> entries, FieldValues message, String path) {
        Map<Integer, Integer> fieldLines = new HashMap<>();
        Map<Character, YamlNode.Entry> oneofs = new HashMap<>();
        for (YamlNode.Entry entry : entries) {
            FieldDefinition field = message.type().find(entry.key());
            if (field == null) {
                unknownField(entry, message.type(), path);
                continue;
            }
            String fieldPath = FieldPath.field(path, field.name());
            Integer first = fieldLines.putIfAbsent(field.number(), entry.line());
            if (first != null) {
                findings.add(
                        fieldPath, entry.line(), entry.key(), "the field stands twice, first on line " + first, "");
            } else if (!isAbsent(field, entry.value()) && !clashes(field, entry, oneofs, message.type(), fieldPath)) {
                findings.line(fieldPath, entry.line());
                field(field, entry.value(), message, fieldPath);
            }
        }
    }

    /** Null means an absent field, but for {@code Value}, which has a null of its own. */
    private static boolean isAbsent(FieldDefinition field, YamlNode node) {
        return isNull(node) && (field.isRepeated() || !isValue(field));
    }

    private boolean clashes(
            FieldDefinition field,
            YamlNode.Entry entry,
            Map<Character, YamlNode.Entry> oneofs,
            MessageDefinition type,
            String path) {
        YamlNode.Entry other = field.isInOneof() ? oneofs.putIfAbsent(field.presence(), entry) : null;
        if (other == null) {
            return false;
        }
        findings.add(
                path,
                entry.line(),
                "",
                "only one of " + String.join(", ", type.namesOf(field.presence())) + " may be set, and " + other.key()
                        + " is, on line " + other.line(),
                "");
        return true;
    }

    private void field(FieldDefinition field, YamlNode node, FieldValues message, String path) {
        if (field.isSensitive()) {
            findings.enterSensitive();
        }
        if (field.isMap()) {
            map(field, node, message, path);
        } else if (field.isRepeated()) {
            repeated(field, node, message, path);
        } else {
            Object value = element(field, node, path);
            if (value != null) {
                message.set(field, value);
            }
        }
        if (field.isSensitive()) {
            findings.leaveSensitive();
        }
    }

    private void repeated(FieldDefinition field, YamlNode node, FieldValues message, String path) {
        if (!(node instanceof YamlNode.Sequence sequence)) {
            findings.mismatch(path, node, "expected a sequence, each " + ScalarReader.expectation(field));
            return;
        }
        for (int i = 0; i < sequence.items().size(); i++) {
            YamlNode item = sequence.items().get(i);
            String itemPath = FieldPath.index(path, i);
            findings.line(itemPath, item.line());
            Object value = element(field, item, itemPath);
            if (value != null) {
                message.add(field, value);
            }
        }
    }

    private void map(FieldDefinition field, YamlNode node, FieldValues message, String path) {
        if (!(node instanceof YamlNode.Mapping mapping)) {
            findings.mismatch(path, node, "expected a mapping");
            return;
        }
        MessageDefinition pairs = definitions.message(field.typeName());
        FieldDefinition keyField = pairs.field("key");
        FieldDefinition valueField = pairs.field("value");
        // In one order, so that equal messages give equal bytes, which can be compared.
        List<YamlNode.Entry> entries = new ArrayList<>(mapping.entries());
        entries.sort(Comparator.comparing(YamlNode.Entry::key));
        for (YamlNode.Entry entry : entries) {
            String entryPath = FieldPath.key(path, entry.key());
            findings.line(entryPath, entry.line());
            // A key of JSON is always quoted: only where the field is a number or a boolean does its text count as one.
            boolean plain = keyField.type() != FieldType.STRING;
            Object key = scalars.read(keyField, new YamlNode.Scalar(entry.key(), plain, entry.line()), entryPath);
            Object value = element(valueField, entry.value(), entryPath);
            if (key != null && value != null) {
                FieldValues pair = new FieldValues(pairs);
                pair.set(keyField, key);
                pair.set(valueField, value);
                message.add(field, pair.toByteString());
            }
        }
    }

    /** One value of a field: a message, or a scalar; null with a violation. */
    private @Nullable Object element(FieldDefinition field, YamlNode node, String path) {
        if (isNull(node) && !isValue(field)) {
            findings.mismatch(path, node, "expected " + ScalarReader.expectation(field));
            return null;
        }
        return field.isMessage()
                ? read(node, definitions.message(field.typeName()), path)
                : scalars.read(field, node, path);
    }

    private void any(YamlNode node, FieldValues message, String path) {
        if (!(node instanceof YamlNode.Mapping mapping)) {
            findings.mismatch(path, node, "expected a mapping with \"@type\"");
            return;
        }
        if (mapping.entries().isEmpty()) {
            return;
        }
        List<YamlNode.Entry> entries = new ArrayList<>();
        YamlNode.Entry type = null;
        for (YamlNode.Entry entry : mapping.entries()) {
            if (entry.key().equals("@type")) {
                type = entry;
            } else {
                entries.add(entry);
            }
        }
        if (type == null || !(type.value() instanceof YamlNode.Scalar url)) {
            findings.add(
                    FieldPath.field(path, "@type"),
                    type == null ? mapping.line() : type.line(),
                    "",
                    "expected the type of the message, such as type.googleapis.com/" + KnownTypes.example(),
                    "");
            return;
        }
        String known = KnownTypes.find(url.text());
        if (known == null) {
            findings.add(
                    FieldPath.field(path, "@type"),
                    type.line(),
                    url.text(),
                    "expected the type of a message that Weft knows",
                    KnownTypes.hint(url.text()));
            return;
        }
        message.set(message.type().field("type_url"), url.text());
        message.set(message.type().field("value"), content(entries, definitions.message(known), path));
    }

    private ByteString content(List<YamlNode.Entry> entries, MessageDefinition type, String path) {
        if (!WellKnownTypes.hasOwnForm(type)) {
            FieldValues content = new FieldValues(type);
            fields(entries, content, path);
            return content.toByteString();
        }
        ByteString content = ByteString.EMPTY;
        // A message with a form of its own stands under "value".
        for (YamlNode.Entry entry : entries) {
            if (entry.key().equals("value")) {
                content = read(entry.value(), type, path);
            } else {
                findings.add(
                        FieldPath.field(path, entry.key()),
                        entry.line(),
                        "",
                        "expected only \"@type\" and \"value\" for a " + type.name(),
                        "");
            }
        }
        return content;
    }

    private void unknownField(YamlNode.Entry entry, MessageDefinition type, String path) {
        boolean snakeCase = entry.key().indexOf('_') >= 0;
        List<String> known = type.fields().stream()
                .map(field -> snakeCase || isLowerCase(entry.key()) ? field.name() : field.jsonName())
                .toList();
        String hint = entry.key().isEmpty() ? "" : NearestName.hint(entry.key(), known);
        findings.add(
                FieldPath.field(path, entry.key()),
                entry.line(),
                "",
                type.simpleName() + " has no field of this name",
                hint);
    }

    private static boolean isLowerCase(String name) {
        return name.chars().noneMatch(Character::isUpperCase);
    }

    private static boolean isNull(YamlNode node) {
        return node instanceof YamlNode.Scalar scalar && scalar.isNull();
    }

    private static boolean isValue(FieldDefinition field) {
        return field.typeName().equals("google.protobuf.Value");
    }
}

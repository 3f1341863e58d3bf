package io.weft.proxy.bootstrap;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import io.weft.core.violation.NearestName;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import udpa.annotations.Sensitive;

/**
 * Reads nodes into message builders as the proto3 JSON mapping says: names in lower camel case or as in the proto file, null for an
 * absent field. Stricter than protobuf's own reader: unknown fields, unknown enum numbers and a field that stands twice are errors.
 */
final class MessageReader {
    private final Findings findings;
    private final KnownTypes types;
    private final ScalarReader scalars;
    private final WellKnownTypes wellKnown;
    private final Map<Descriptor, Map<String, FieldDescriptor>> fieldsByName = new HashMap<>();

    MessageReader(Findings findings, KnownTypes types) {
        this.findings = findings;
        this.types = types;
        this.scalars = new ScalarReader(findings);
        this.wellKnown = new WellKnownTypes(findings, scalars);
    }

    /** Reads {@code node} into {@code builder}; what is wrong goes to the findings and is left out. */
    void read(YamlNode node, Message.Builder builder, String path) {
        if (findings.enter(path, node)) {
            Descriptor type = builder.getDescriptorForType();
            if (type.equals(Any.getDescriptor())) {
                any(node, builder, path);
            } else if (WellKnownTypes.hasOwnForm(type)) {
                wellKnown.read(node, builder, path);
            } else if (node instanceof YamlNode.Mapping mapping) {
                fields(mapping.entries(), builder, path);
            } else {
                findings.mismatch(path, node, "expected a mapping (" + type.getName() + ")");
            }
        }
        findings.leave();
    }

    private void fields(List<YamlNode.Entry> entries, Message.Builder builder, String path) {
        Map<FieldDescriptor, Integer> fieldLines = new HashMap<>();
        Map<OneofDescriptor, YamlNode.Entry> oneofs = new HashMap<>();
        for (YamlNode.Entry entry : entries) {
            FieldDescriptor field = fieldsOf(builder.getDescriptorForType()).get(entry.key());
            if (field == null) {
                unknownField(entry, builder.getDescriptorForType(), path);
                continue;
            }
            String fieldPath = FieldPath.field(path, field.getName());
            Integer first = fieldLines.putIfAbsent(field, entry.line());
            if (first != null) {
                findings.add(
                        fieldPath, entry.line(), entry.key(), "the field stands twice, first on line " + first, "");
            } else if (!isAbsent(field, entry.value()) && !clashes(field, entry, oneofs, fieldPath)) {
                findings.line(fieldPath, entry.line());
                field(field, entry.value(), builder, fieldPath);
            }
        }
    }

    /** Null means an absent field, but for {@code Value}, which has a null of its own. */
    private static boolean isAbsent(FieldDescriptor field, YamlNode node) {
        boolean hasNull = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                && !field.isRepeated()
                && field.getMessageType().getFullName().equals("google.protobuf.Value");
        return isNull(node) && !hasNull;
    }

    private boolean clashes(
            FieldDescriptor field, YamlNode.Entry entry, Map<OneofDescriptor, YamlNode.Entry> oneofs, String path) {
        OneofDescriptor oneof = field.getRealContainingOneof();
        YamlNode.Entry other = oneof == null ? null : oneofs.putIfAbsent(oneof, entry);
        if (oneof == null || other == null) {
            return false;
        }
        List<String> names =
                oneof.getFields().stream().map(FieldDescriptor::getName).toList();
        findings.add(
                path,
                entry.line(),
                "",
                "only one of " + String.join(", ", names) + " may be set, and " + other.key() + " is, on line "
                        + other.line(),
                "");
        return true;
    }

    private void field(FieldDescriptor field, YamlNode node, Message.Builder builder, String path) {
        boolean sensitive = isSensitive(field);
        if (sensitive) {
            findings.enterSensitive();
        }
        if (field.isMapField()) {
            map(field, node, builder, path);
        } else if (field.isRepeated()) {
            repeated(field, node, builder, path);
        } else {
            Object value = element(field, node, builder, path);
            if (value != null) {
                builder.setField(field, value);
            }
        }
        if (sensitive) {
            findings.leaveSensitive();
        }
    }

    /** Envoy's API marks what holds secrets. */
    static boolean isSensitive(FieldDescriptor field) {
        return field.getOptions().getExtension(Sensitive.sensitive);
    }

    private void repeated(FieldDescriptor field, YamlNode node, Message.Builder builder, String path) {
        if (!(node instanceof YamlNode.Sequence sequence)) {
            findings.mismatch(path, node, "expected a sequence, each " + ScalarReader.expectation(field));
            return;
        }
        for (int i = 0; i < sequence.items().size(); i++) {
            YamlNode item = sequence.items().get(i);
            String itemPath = FieldPath.index(path, i);
            findings.line(itemPath, item.line());
            Object value = element(field, item, builder, itemPath);
            if (value != null) {
                builder.addRepeatedField(field, value);
            }
        }
    }

    private void map(FieldDescriptor field, YamlNode node, Message.Builder builder, String path) {
        if (!(node instanceof YamlNode.Mapping mapping)) {
            findings.mismatch(path, node, "expected a mapping");
            return;
        }
        FieldDescriptor keyField = field.getMessageType().findFieldByName("key");
        FieldDescriptor valueField = field.getMessageType().findFieldByName("value");
        // In one order, so that equal messages give equal bytes, which can be compared.
        List<YamlNode.Entry> entries = mapping.entries().stream()
                .sorted(Comparator.comparing(YamlNode.Entry::key))
                .toList();
        for (YamlNode.Entry entry : entries) {
            String entryPath = FieldPath.key(path, entry.key());
            findings.line(entryPath, entry.line());
            Message.Builder pair = builder.newBuilderForField(field);
            // A key of JSON is always quoted: only where the field is a number or a boolean does its text count as one.
            boolean plain = keyField.getType() != FieldDescriptor.Type.STRING;
            Object key = scalars.read(keyField, new YamlNode.Scalar(entry.key(), plain, entry.line()), entryPath);
            Object value = element(valueField, entry.value(), pair, entryPath);
            if (key != null && value != null) {
                builder.addRepeatedField(
                        field,
                        pair.setField(keyField, key).setField(valueField, value).build());
            }
        }
    }

    /** One value of a field: a message that is built, or a scalar; null with a violation. */
    private @Nullable Object element(FieldDescriptor field, YamlNode node, Message.Builder parent, String path) {
        if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
            if (isNull(node)) {
                findings.mismatch(path, node, "expected " + ScalarReader.expectation(field));
                return null;
            }
            return scalars.read(field, node, path);
        }
        if (isNull(node) && !field.getMessageType().getFullName().equals("google.protobuf.Value")) {
            findings.mismatch(path, node, "expected " + ScalarReader.expectation(field));
            return null;
        }
        Message.Builder child = parent.newBuilderForField(field);
        read(node, child, path);
        return child.build();
    }

    private void any(YamlNode node, Message.Builder builder, String path) {
        if (!(node instanceof YamlNode.Mapping mapping)) {
            findings.mismatch(path, node, "expected a mapping with \"@type\"");
            return;
        }
        if (mapping.entries().isEmpty()) {
            return;
        }
        YamlNode.Entry type = mapping.entries().stream()
                .filter(entry -> entry.key().equals("@type"))
                .findFirst()
                .orElse(null);
        if (type == null || !(type.value() instanceof YamlNode.Scalar url)) {
            findings.add(
                    FieldPath.field(path, "@type"),
                    type == null ? mapping.line() : type.line(),
                    "",
                    "expected the type of the message, such as type.googleapis.com/" + types.example(),
                    "");
            return;
        }
        Descriptor known = types.find(url.text());
        if (known == null) {
            findings.add(
                    FieldPath.field(path, "@type"),
                    type.line(),
                    url.text(),
                    "expected the type of a message that Weft knows",
                    types.hint(url.text()));
            return;
        }
        Message.Builder content = DynamicMessage.newBuilder(known);
        anyContent(mapping, content, path);
        WellKnownTypes.merge(
                builder,
                Any.newBuilder()
                        .setTypeUrl(url.text())
                        .setValue(content.build().toByteString())
                        .build());
    }

    private void anyContent(YamlNode.Mapping mapping, Message.Builder content, String path) {
        List<YamlNode.Entry> entries = mapping.entries().stream()
                .filter(entry -> !entry.key().equals("@type"))
                .toList();
        if (!WellKnownTypes.hasOwnForm(content.getDescriptorForType())) {
            fields(entries, content, path);
            return;
        }
        // A message with a form of its own stands under "value".
        for (YamlNode.Entry entry : entries) {
            if (entry.key().equals("value")) {
                read(entry.value(), content, path);
            } else {
                findings.add(
                        FieldPath.field(path, entry.key()),
                        entry.line(),
                        "",
                        "expected only \"@type\" and \"value\" for a "
                                + content.getDescriptorForType().getFullName(),
                        "");
            }
        }
    }

    private void unknownField(YamlNode.Entry entry, Descriptor type, String path) {
        boolean snakeCase = entry.key().indexOf('_') >= 0;
        List<String> known = type.getFields().stream()
                .map(field -> snakeCase || isLowerCase(entry.key()) ? field.getName() : field.getJsonName())
                .toList();
        String hint = entry.key().isEmpty() ? "" : NearestName.hint(entry.key(), known);
        findings.add(
                FieldPath.field(path, entry.key()),
                entry.line(),
                "",
                type.getName() + " has no field of this name",
                hint);
    }

    private static boolean isLowerCase(String name) {
        return name.chars().noneMatch(Character::isUpperCase);
    }

    private Map<String, FieldDescriptor> fieldsOf(Descriptor type) {
        return fieldsByName.computeIfAbsent(type, key -> {
            Map<String, FieldDescriptor> fields = new HashMap<>();
            for (FieldDescriptor field : key.getFields()) {
                fields.put(field.getJsonName(), field);
                fields.put(field.getName(), field);
            }
            return fields;
        });
    }

    private static boolean isNull(YamlNode node) {
        return node instanceof YamlNode.Scalar scalar && scalar.isNull();
    }
}

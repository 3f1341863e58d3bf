package io.weft.proxy.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import com.google.protobuf.StringValue;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.weft.api.wire.DefinitionTexts;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import udpa.annotations.Sensitive;

/** The definitions that the build writes, beside protobuf's own of the same messages. */
class DefinitionsTest {
    private final Definitions definitions = new Definitions();

    @Test
    void everyFieldAndEnumIsDefinedAsProtobufDoes() {
        assertThat(reachable()).hasSizeGreaterThan(300);
        for (Descriptor type : reachable().values()) {
            MessageDefinition defined = definitions.message(type.getFullName());
            assertThat(defined.fields().stream().map(this::told).toList())
                    .as(type.getFullName())
                    .containsExactlyElementsOf(
                            type.getFields().stream().map(DefinitionsTest::told).toList());
            assertThat(defined.simpleName()).isEqualTo(type.getName());
            for (FieldDescriptor field : type.getFields()) {
                assertThat(defined.find(field.getJsonName()))
                        .as(field.getFullName())
                        .isSameAs(defined.field(field.getName()));
                OneofDescriptor oneof = field.getRealContainingOneof();
                if (oneof != null) {
                    assertThat(defined.namesOf(defined.field(field.getName()).presence()))
                            .isEqualTo(oneof.getFields().stream()
                                    .map(FieldDescriptor::getName)
                                    .toList());
                }
            }
        }
    }

    /** All that counts of a field. */
    record Told(
            String names,
            int number,
            String type,
            boolean isRepeated,
            boolean isMap,
            boolean isPacked,
            boolean isInOneof,
            boolean isImplicit,
            boolean isSensitive,
            List<String> values) {}

    private Told told(FieldDefinition field) {
        boolean isEnum = field.type().name().equals("ENUM");
        EnumDefinition values = isEnum ? definitions.enumOf(field) : new EnumDefinition(List.of(), List.of());
        List<String> told = new ArrayList<>();
        for (int i = 0; i < values.names().size(); i++) {
            told.add(values.names().get(i) + " " + values.numbers().get(i));
        }
        return new Told(
                field.name() + " " + field.jsonName(),
                field.number(),
                field.type() + " " + field.typeName() + " " + field.simpleTypeName(),
                field.isRepeated(),
                field.isMap(),
                field.isPacked(),
                field.isInOneof(),
                field.isImplicit(),
                field.isSensitive(),
                told);
    }

    private static Told told(FieldDescriptor field) {
        String type = field.getType() + " ";
        List<String> values = List.of();
        if (field.getType() == FieldDescriptor.Type.ENUM) {
            type += field.getEnumType().getFullName() + " "
                    + field.getEnumType().getName();
            values = field.getEnumType().getValues().stream()
                    .map(value -> value.getName() + " " + value.getNumber())
                    .toList();
        } else if (field.getType() == FieldDescriptor.Type.MESSAGE) {
            type += field.getMessageType().getFullName() + " "
                    + field.getMessageType().getName();
        } else {
            type += " ";
        }
        return new Told(
                field.getName() + " " + field.getJsonName(),
                field.getNumber(),
                type,
                field.isRepeated(),
                field.isMapField(),
                field.isPacked(),
                field.getRealContainingOneof() != null,
                !field.isRepeated() && !field.hasPresence(),
                field.getOptions().getExtension(Sensitive.sensitive),
                values);
    }

    /** A type of google.protobuf with a JSON form that the reader does not know would be read wrongly and silently. */
    @Test
    void everyReachableWellKnownTypeIsHandled() {
        assertThat(reachable().values().stream()
                        .filter(type -> type.getFile().getPackage().equals("google.protobuf"))
                        .filter(type -> !type.getOptions().getMapEntry())
                        .map(Descriptor::getFullName)
                        .filter(name -> !WellKnownTypes.hasOwnForm(definitions.message(name))))
                .containsOnly("google.protobuf.Empty");
    }

    @Test
    void knownTypesAreFoundByTheirNamesOnTheWire() {
        assertThat(inAny())
                .hasSize(DefinitionTexts.IN_ANY.size())
                .allSatisfy(type -> assertThat(KnownTypes.find("type.googleapis.com/" + type.getFullName()))
                        .isEqualTo(type.getFullName()));
        assertThat(DefinitionTexts.IN_ANY).isSorted().contains(KnownTypes.example());
    }

    @Test
    void everyMessageIsReadAsProtobufPrintsIt() throws Exception {
        Random random = new Random(20261121);
        JsonFormat.Printer printer = JsonFormat.printer().usingTypeRegistry(registry());
        for (Descriptor type : reachable().values()) {
            if (type.getOptions().getMapEntry() || type.getFullName().equals("google.protobuf.Any")) {
                continue;
            }
            for (int round = 0; round < 3; round++) {
                Message message = any(type, random, 2);
                String json = printer.print(message);
                Findings findings = new Findings("f");
                ByteString read = new MessageReader(findings, definitions)
                        .read(YamlReader.read("f", json), definitions.message(type.getFullName()), "");
                assertThat(findings.violations()).as(json).isEmpty();
                assertThat(DynamicMessage.parseFrom(type, read)).as(json).isEqualTo(message);
                assertThat(FieldValues.parse(definitions.message(type.getFullName()), read, definitions)
                                .toByteString())
                        .as(json)
                        .isEqualTo(read);
            }
        }
    }

    /** Some message of a type, with a value in each field and one of each oneof. */
    private static Message any(Descriptor type, Random random, int levels) {
        DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
        if (type.getFullName().equals("google.protobuf.Any")) {
            Any any = Any.pack(StringValue.of("held " + random.nextInt()));
            return message.setField(type.findFieldByName("type_url"), any.getTypeUrl())
                    .setField(type.findFieldByName("value"), any.getValue())
                    .build();
        }
        for (FieldDescriptor field : type.getFields()) {
            OneofDescriptor oneof = field.getRealContainingOneof();
            int others = oneof == null ? 1 : oneof.getFieldCount();
            boolean last = oneof != null && oneof.getField(others - 1).equals(field);
            if (oneof != null && (message.hasOneof(oneof) || !(last || random.nextInt(others) == 0))) {
                continue;
            }
            if (field.getName().startsWith("null") && !type.getFullName().equals("google.protobuf.Value")) {
                continue; // Of NullValue: a null in a file is an absent field, but for Value's.
            }
            boolean isMessage = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
            if (isMessage && levels <= 0 && !type.getOptions().getMapEntry()) {
                if (!type.getFullName().equals("google.protobuf.Value")) {
                    continue;
                }
                field = type.findFieldByName("string_value");
            }
            if (field.isRepeated()) {
                message.addRepeatedField(field, value(field, random, levels));
            } else {
                message.setField(field, value(field, random, levels));
            }
        }
        return message.build();
    }

    private static Object value(FieldDescriptor field, Random random, int levels) {
        boolean isTime = field.getContainingType().getFile().getPackage().equals("google.protobuf")
                && List.of("Duration", "Timestamp")
                        .contains(field.getContainingType().getName());
        return switch (field.getJavaType()) {
            case INT -> isTime ? random.nextInt(1_000_000_000) : random.nextInt();
            case LONG -> isTime ? random.nextLong(1_000_000_000) : random.nextLong();
            case FLOAT -> random.nextInt(1000) / 8f;
            case DOUBLE -> random.nextInt(1000) / 8d;
            case BOOLEAN -> random.nextBoolean();
            case STRING ->
                Stream.of("", "42", "true", "nu\u00e4ll: {", "a\"b\n")
                        .skip(random.nextInt(5))
                        .findFirst()
                        .orElseThrow();
            case BYTE_STRING -> ByteString.copyFrom(new byte[] {(byte) random.nextInt(), -1, 0});
            case ENUM -> {
                List<EnumValueDescriptor> values = field.getEnumType().getValues();
                yield values.get(random.nextInt(values.size()));
            }
            case MESSAGE -> any(field.getMessageType(), random, levels - 1);
        };
    }

    static TypeRegistry registry() {
        return TypeRegistry.newBuilder().add(inAny()).build();
    }

    private static List<Descriptor> inAny() {
        return DefinitionTexts.IN_ANY.stream()
                .map(DefinitionsTest::descriptorOf)
                .toList();
    }

    /** All messages that a file could name, by their names. */
    private static Map<String, Descriptor> reachable() {
        Map<String, Descriptor> reachable = new LinkedHashMap<>();
        Deque<Descriptor> open = new ArrayDeque<>(inAny());
        open.add(Bootstrap.getDescriptor());
        while (!open.isEmpty()) {
            Descriptor type = open.pop();
            if (reachable.put(type.getFullName(), type) == null) {
                type.getFields().stream()
                        .filter(field -> field.getJavaType() == FieldDescriptor.JavaType.MESSAGE)
                        .map(FieldDescriptor::getMessageType)
                        .forEach(open::add);
            }
        }
        return reachable;
    }

    private static Descriptor descriptorOf(String name) {
        String type = name.replaceFirst("^envoy\\.", "io.envoyproxy.envoy.")
                .replaceFirst("^google\\.", "com.google.")
                .replaceFirst("^weft\\.", "io.weft.api.");
        try {
            return (Descriptor) Class.forName(type).getMethod("getDescriptor").invoke(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(name + " has no generated class", e);
        }
    }
}

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Writes the subclasses of {@code io.weft.api.wire.WireMessage}: a class for each message of a list, with an accessor for each field that is listed.
 * Started by the build, from its source, and starts {@link GenerateDefinitions} too: DESCRIPTORS LIST LIST-OF-DEFINITIONS OUTPUT.
 */
final class GenerateReaders {
    private static final String PACKAGE = "io.weft.api.wire.";

    private final Map<String, Descriptor> messages = new HashMap<>();
    private final Map<String, Set<String>> listed = new TreeMap<>();

    public static void main(String[] arguments) throws Exception {
        GenerateReaders generator = new GenerateReaders();
        generator.readDescriptors(Path.of(arguments[0]));
        generator.readList(Path.of(arguments[1]));
        generator.write(Path.of(arguments[3]));
        new GenerateDefinitions(generator.messages).write(Path.of(arguments[2]), Path.of(arguments[3]));
    }

    private void readDescriptors(Path path) throws Exception {
        FileDescriptorSet set = FileDescriptorSet.parseFrom(Files.readAllBytes(path));
        Map<String, FileDescriptor> files = new HashMap<>();
        // Each after those that it imports.
        for (FileDescriptorProto file : set.getFileList()) {
            FileDescriptor[] imports =
                    file.getDependencyList().stream().map(files::get).toArray(FileDescriptor[]::new);
            FileDescriptor built = FileDescriptor.buildFrom(file, imports);
            files.put(file.getName(), built);
            built.getMessageTypes().forEach(this::add);
        }
    }

    private void add(Descriptor message) {
        messages.put(message.getFullName(), message);
        message.getNestedTypes().forEach(this::add);
    }

    /** Lines of {@code message: field field ...}; indented lines go on; what follows # is a comment. */
    private void readList(Path path) throws Exception {
        String message = "";
        for (String line : Files.readAllLines(path)) {
            String text = line.replaceFirst("#.*", "");
            if (text.isBlank()) {
                continue;
            }
            if (!Character.isWhitespace(text.charAt(0))) {
                int colon = text.indexOf(':');
                message = text.substring(0, colon);
                text = text.substring(colon + 1);
                if (!messages.containsKey(message) || listed.put(message, new HashSet<>()) != null) {
                    throw new IllegalArgumentException(message + ": expected a message, and once");
                }
            }
            for (String field : text.trim().split("\\s+")) {
                if (!field.isEmpty()) {
                    if (messages.get(message).findFieldByName(field) == null) {
                        throw new IllegalArgumentException(message + "." + field + ": there is no such field");
                    }
                    listed.get(message).add(field);
                }
            }
        }
    }

    private void write(Path output) throws Exception {
        Map<String, Descriptor> outermost = new LinkedHashMap<>();
        for (String name : listed.keySet()) {
            Descriptor message = messages.get(name);
            while (message.getContainingType() != null) {
                message = message.getContainingType();
            }
            outermost.put(message.getFullName(), message);
        }
        Map<String, EnumDescriptor> enums = new TreeMap<>();
        for (Descriptor message : outermost.values()) {
            StringBuilder text = new StringBuilder();
            writeMessage(message, text, "");
            save(output, message.getFullName(), text);
        }
        for (String name : listed.keySet()) {
            fields(messages.get(name)).stream()
                    .filter(field -> isRead(field) && field.getType() == FieldDescriptor.Type.ENUM)
                    .map(FieldDescriptor::getEnumType)
                    .filter(type -> type.getContainingType() == null)
                    .forEach(type -> enums.put(type.getFullName(), type));
        }
        for (EnumDescriptor type : enums.values()) {
            StringBuilder text = new StringBuilder();
            writeEnum(type, text, "");
            save(output, type.getFullName(), text);
        }
    }

    static void save(Path output, String name, StringBuilder text) throws Exception {
        String type = PACKAGE + name;
        int dot = type.lastIndexOf('.');
        Path file = output.resolve(type.replace('.', '/') + ".java");
        Files.createDirectories(file.getParent());
        String content = "package " + type.substring(0, dot) + ";\n\n" + text;
        if (!Files.exists(file) || !Files.readString(file).equals(content)) {
            Files.writeString(file, content);
        }
    }

    private void writeMessage(Descriptor message, StringBuilder text, String indent) {
        String name = message.getName();
        String modifiers = indent.isEmpty() ? "public final" : "public static final";
        boolean isListed = listed.containsKey(message.getFullName());
        text.append(indent).append(modifiers).append(" class ").append(name);
        text.append(isListed ? " extends io.weft.api.wire.WireMessage {\n" : " {\n");
        String inner = indent + "    ";
        if (isListed) {
            writeFields(message, text, inner);
            List<FieldDescriptor> fields = fields(message);
            for (int i = 0; i < fields.size(); i++) {
                if (isRead(fields.get(i))) {
                    writeAccessors(fields.get(i), i, text, inner);
                }
            }
            for (OneofDescriptor oneof : message.getRealOneofs()) {
                if (oneof.getFields().stream().anyMatch(this::isRead)) {
                    writeOneof(oneof, text, inner);
                }
            }
        }
        fields(message).stream()
                .filter(field -> isRead(field) && field.getType() == FieldDescriptor.Type.ENUM)
                .map(FieldDescriptor::getEnumType)
                .filter(type -> type.getContainingType() == message)
                .distinct()
                .forEach(type -> writeEnum(type, text, inner));
        for (Descriptor nested : message.getNestedTypes()) {
            if (listed.keySet().stream().anyMatch(each -> (each + ".").startsWith(nested.getFullName() + "."))) {
                writeMessage(nested, text, inner);
            }
        }
        text.append(indent).append("}\n");
    }

    private void writeFields(Descriptor message, StringBuilder text, String indent) {
        List<FieldDescriptor> fields = fields(message);
        String name = message.getName();
        String numbers = fields.stream().map(field -> "" + field.getNumber()).collect(Collectors.joining(", "));
        String kinds = fields.stream().map(field -> "" + kind(field) + presence(field)).collect(Collectors.joining());
        String names = fields.stream().map(field -> '"' + field.getName() + '"').collect(Collectors.joining(", "));
        line(text, indent, "private static final io.weft.api.wire.WireFields FIELDS = new io.weft.api.wire.WireFields(");
        line(text, indent, "        \"%s\",", message.getFullName());
        line(text, indent, "        new int[] {%s}, \"%s\",", numbers, kinds);
        line(text, indent, "        new String[] {%s});", names);
        line(text, indent, "private static final %s DEFAULT = new %s();", name, name);
        line(text, indent, "private %s() { super(FIELDS); }", name);
        line(text, indent, "public static %s getDefaultInstance() { return DEFAULT; }", name);
        line(text, indent, "@Override protected %s newMessage() { return new %s(); }", name, name);
        StringBuilder cases = new StringBuilder();
        for (int i = 0; i < fields.size(); i++) {
            char kind = kind(fields.get(i));
            if (kind == 'm' || kind == 'e') {
                cases.append("case ").append(i).append(" -> ").append(typeOf(held(fields.get(i)))).append(".getDefaultInstance(); ");
            }
        }
        if (!cases.isEmpty()) {
            line(text, indent, "@Override protected io.weft.api.wire.WireMessage typeOf(int field) { return switch (field) {");
            line(text, indent, "    %sdefault -> super.typeOf(field); }; }", cases);
        }
    }

    private void writeAccessors(FieldDescriptor field, int index, StringBuilder text, String indent) {
        String name = camelCase(field.getName());
        String type = typeOf(field);
        if (field.isMapField()) {
            line(text, indent, "public java.util.Map<String, %s> get%sMap() { return map(%d); }", type, name, index);
        } else if (field.isRepeated()) {
            String boxed = type.equals("int") ? "Integer" : type;
            if (type.equals("int")) {
                line(text, indent, "public java.util.List<Integer> get%sList() { return this.<Long>list(%d).stream().map(Long::intValue).toList(); }", name, index);
            } else {
                line(text, indent, "public java.util.List<%s> get%sList() { return list(%d); }", boxed, name, index);
                line(text, indent, "public %s get%s(int index) { return this.<%s>list(%d).get(index); }", type, name, boxed, index);
            }
            line(text, indent, "public int get%sCount() { return list(%d).size(); }", name, index);
        } else {
            if (field.hasPresence()) {
                line(text, indent, "public boolean has%s() { return has(%d); }", name, index);
            }
            line(text, indent, "public %s get%s() { return %s; }", type, name, value(field, type, index));
            if (field.getType() == FieldDescriptor.Type.ENUM) {
                line(text, indent, "public int get%sValue() { return (int) number(%d); }", name, index);
            }
        }
    }

    private String value(FieldDescriptor field, String type, int index) {
        return switch (field.getType()) {
            case STRING -> "string(" + index + ")";
            case BYTES -> "bytes(" + index + ")";
            case BOOL -> "number(" + index + ") != 0";
            case INT32, UINT32 -> "(int) number(" + index + ")";
            case INT64, UINT64 -> "number(" + index + ")";
            case DOUBLE -> "real(" + index + ")";
            case ENUM -> type + ".forNumber((int) number(" + index + "))";
            case MESSAGE -> kind(field) == 'm' ? "message(" + index + ", " + type + ".getDefaultInstance())" : unreadable(field);
            default -> unreadable(field);
        };
    }

    private static String unreadable(FieldDescriptor field) {
        throw new IllegalArgumentException(field.getFullName() + ": no readers are generated for this type of field");
    }

    private void writeOneof(OneofDescriptor oneof, StringBuilder text, String indent) {
        String type = camelCase(oneof.getName()) + "Case";
        String none = oneof.getName().replace("_", "").toUpperCase(Locale.ROOT) + "_NOT_SET";
        String constants = oneof.getFields().stream().map(GenerateReaders::constant).collect(Collectors.joining(", "));
        String cases = oneof.getFields().stream()
                .map(field -> "case " + field.getNumber() + " -> " + type + "." + constant(field) + "; ")
                .collect(Collectors.joining());
        line(text, indent, "public enum %s { %s, %s }", type, constants, none);
        line(text, indent, "public %s get%s() { return switch (oneof('%c')) { %sdefault -> %s.%s; }; }", type, type, letter(oneof), cases, type, none);
    }

    private static String constant(FieldDescriptor field) {
        return field.getName().toUpperCase(Locale.ROOT);
    }

    private static void writeEnum(EnumDescriptor type, StringBuilder text, String indent) {
        Map<Integer, String> constants = new LinkedHashMap<>();
        for (EnumValueDescriptor value : type.getValues()) {
            constants.putIfAbsent(value.getNumber(), value.getName());
        }
        String cases = constants.entrySet().stream()
                .map(each -> "case " + each.getKey() + " -> " + each.getValue() + "; ")
                .collect(Collectors.joining());
        line(text, indent, "public enum %s {", type.getName());
        line(text, indent, "    %s, UNRECOGNIZED;", String.join(", ", constants.values()));
        line(text, indent, "    public static %s forNumber(int number) { return switch (number) { %sdefault -> UNRECOGNIZED; }; }", type.getName(), cases);
        line(text, indent, "}");
    }

    private static List<FieldDescriptor> fields(Descriptor message) {
        List<FieldDescriptor> fields = new ArrayList<>(message.getFields());
        fields.sort(Comparator.comparingInt(FieldDescriptor::getNumber));
        return fields;
    }

    private boolean isRead(FieldDescriptor field) {
        return listed.getOrDefault(field.getContainingType().getFullName(), Set.of()).contains(field.getName());
    }

    /** As {@code WireFields} names it. */
    private char kind(FieldDescriptor field) {
        if (!isRead(field)) {
            return 'x';
        }
        return switch (field.getType()) {
            case STRING -> 's';
            case BYTES -> 'b';
            case INT32, UINT32, ENUM -> 'i';
            case INT64, UINT64 -> 'l';
            case BOOL -> 'o';
            case DOUBLE -> 'd';
            case MESSAGE -> {
                if (!listed.containsKey(held(field).getFullName())) {
                    throw new IllegalArgumentException(field.getFullName() + ": its message is not listed");
                }
                yield field.isMapField() ? 'e' : 'm';
            }
            default -> throw new IllegalArgumentException(unreadable(field));
        };
    }

    private static char presence(FieldDescriptor field) {
        if (field.isRepeated()) {
            return '*';
        }
        OneofDescriptor oneof = field.getRealContainingOneof();
        return oneof != null ? letter(oneof) : field.hasPresence() ? '?' : '1';
    }

    private static char letter(OneofDescriptor oneof) {
        return (char) ('A' + oneof.getIndex());
    }

    /** The message that a field holds; the values of a map. */
    private static Descriptor held(FieldDescriptor field) {
        return field.isMapField()
                ? field.getMessageType().findFieldByName("value").getMessageType()
                : field.getMessageType();
    }

    private static String typeOf(FieldDescriptor field) {
        return switch (field.getJavaType()) {
            case STRING -> "String";
            case BYTE_STRING -> "com.google.protobuf.ByteString";
            case INT -> "int";
            case LONG -> "long";
            case BOOLEAN -> "boolean";
            case DOUBLE -> "double";
            case FLOAT -> "float";
            case ENUM -> PACKAGE + field.getEnumType().getFullName();
            case MESSAGE -> typeOf(held(field));
        };
    }

    private static String typeOf(Descriptor message) {
        return PACKAGE + message.getFullName();
    }

    /** As protobuf does: a letter after a digit is a capital too. */
    private static String camelCase(String name) {
        StringBuilder text = new StringBuilder();
        boolean capital = true;
        for (char each : name.toCharArray()) {
            if (each != '_') {
                text.append(capital ? Character.toUpperCase(each) : each);
            }
            capital = each == '_' || Character.isDigit(each);
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String indent, String format, Object... arguments) {
        text.append(indent).append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Writes {@code io.weft.api.wire.DefinitionTexts}: the definition of each message and enum that a file could name, as a text that is read when it is
 * asked for. {@code io.weft.proxy.bootstrap.Definitions} reads them.
 */
final class GenerateDefinitions {
    private static final String FILE = "envoy.config.bootstrap.v3.Bootstrap";
    /** {@code udpa.annotations.sensitive}: without the classes of the API a field that nobody knows. */
    private static final int SENSITIVE = 76569463;

    private final Map<String, Descriptor> messages;
    private final Map<String, String> texts = new TreeMap<>();

    GenerateDefinitions(Map<String, Descriptor> messages) {
        this.messages = messages;
    }

    /** @param list a message in each line; lines with # are comments */
    void write(Path list, Path output) throws Exception {
        List<String> inAny = Files.readAllLines(list).stream().filter(line -> !line.startsWith("#")).sorted().toList();
        Deque<Descriptor> open = new ArrayDeque<>();
        open.add(messages.get(FILE));
        for (String name : inAny) {
            if (!messages.containsKey(name)) {
                throw new IllegalArgumentException(list + ": " + name + ": there is no such message");
            }
            open.add(messages.get(name));
        }
        while (!open.isEmpty()) {
            Descriptor message = open.pop();
            if (texts.putIfAbsent(message.getFullName(), text(message)) != null) {
                continue;
            }
            for (FieldDescriptor field : message.getFields()) {
                switch (field.getType()) {
                    case MESSAGE, GROUP -> open.add(field.getMessageType());
                    case ENUM -> texts.put(field.getEnumType().getFullName(), text(field.getEnumType()));
                    default -> {}
                }
            }
        }
        GenerateReaders.save(output, "DefinitionTexts", new StringBuilder(source(inAny)));
    }

    /** A line for each value: number, name. */
    private static String text(EnumDescriptor type) {
        return type.getValues().stream()
                .map(value -> value.getNumber() + " " + value.getName() + "\n")
                .collect(Collectors.joining());
    }

    /** A line for each field, in the order of the proto file: number, name, presence, type, and the name of a message or an enum. */
    private static String text(Descriptor message) {
        StringBuilder text = new StringBuilder();
        for (FieldDescriptor field : message.getFields()) {
            text.append(field.getNumber()).append(' ').append(field.getName()).append(' ').append(presence(field));
            if (field.getOptions().getUnknownFields().getField(SENSITIVE).getVarintList().contains(1L)) {
                text.append('!');
            }
            text.append(' ').append(field.getType());
            switch (field.getType()) {
                case MESSAGE -> text.append(' ').append(field.getMessageType().getFullName());
                case ENUM -> text.append(' ').append(field.getEnumType().getFullName());
                case GROUP -> throw new IllegalArgumentException(field.getFullName() + " is a group, of which files have none");
                default -> {}
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static char presence(FieldDescriptor field) {
        OneofDescriptor oneof = field.getRealContainingOneof();
        if (oneof != null) {
            return (char) ('A' + oneof.getIndex());
        }
        if (field.isRepeated()) {
            return field.isMapField() ? '#' : '*';
        }
        return field.hasPresence() ? '?' : '1';
    }

    private String source(List<String> inAny) {
        String names = inAny.stream().map(GenerateDefinitions::quoted).collect(Collectors.joining(",\n            "));
        String cases = texts.entrySet().stream()
                .map(each -> "            case " + quoted(each.getKey()) + " -> " + quoted(each.getValue()) + ";\n")
                .collect(Collectors.joining());
        return """
                /**
                 * The definitions of the messages and enums that a file could name, as texts. A line of a message is a field: number, name, presence, type, and the name
                 * of a message or an enum. Presence is {@code 1} where a scalar is there when it is not zero, {@code ?} where it is known, {@code *} of a repeated
                 * field, {@code #} of a map, or the letter of a oneof; with {@code !} for what is secret. A line of an enum is a value: number, name.
                 */
                public final class DefinitionTexts {
                    /** The messages that an {@code Any} in a file may hold, sorted. */
                    public static final java.util.List<String> IN_ANY = java.util.List.of(
                            %s);

                    private DefinitionTexts() {}

                    /** Constants of a class are made strings when they are asked for: nothing else is read. */
                    public static String of(String name) {
                        return switch (name) {
                %s            default -> throw new IllegalArgumentException(name + " is not defined");
                        };
                    }
                }
                """.formatted(names, cases);
    }

    private static String quoted(String text) {
        return '"' + text.replace("\n", "\\n") + '"';
    }
}

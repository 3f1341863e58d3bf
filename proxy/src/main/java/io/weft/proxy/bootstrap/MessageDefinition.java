package io.weft.proxy.bootstrap;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A message of the proto files. */
final class MessageDefinition {
    /** The full one. */
    private final String name;

    private final List<FieldDefinition> fields = new ArrayList<>();
    private final Map<String, FieldDefinition> byName = new HashMap<>();

    /**
     * Of its text.
     *
     * @param text in {@code DefinitionTexts}
     */
    MessageDefinition(String name, String text) {
        this.name = name;
        if (!text.isEmpty()) {
            for (String line : text.split("\n")) {
                FieldDefinition field = FieldDefinition.of(line);
                fields.add(field);
                byName.put(field.name(), field);
            }
        }
    }

    String name() {
        return name;
    }

    String simpleName() {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /** In the order of the proto file. */
    List<FieldDefinition> fields() {
        return fields;
    }

    /** By its name in either spelling; null: it has none of this name. */
    @Nullable
    FieldDefinition find(String spelling) {
        FieldDefinition named = byName.get(spelling);
        if (named != null) {
            return named;
        }
        for (FieldDefinition field : fields) {
            if (field.jsonName().equals(spelling)) {
                return field;
            }
        }
        return null;
    }

    /** Null: it has none of this number. */
    @Nullable
    FieldDefinition find(int number) {
        for (FieldDefinition field : fields) {
            if (field.number() == number) {
                return field;
            }
        }
        return null;
    }

    /** One that it has. */
    FieldDefinition field(String known) {
        FieldDefinition field = byName.get(known);
        if (field == null) {
            throw new IllegalArgumentException(name + " has no field " + known);
        }
        return field;
    }

    /** The names of the fields of a oneof. */
    List<String> namesOf(char oneof) {
        List<String> names = new ArrayList<>();
        for (FieldDefinition field : fields) {
            if (field.presence() == oneof) {
                names.add(field.name());
            }
        }
        return names;
    }
}

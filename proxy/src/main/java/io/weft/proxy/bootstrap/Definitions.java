package io.weft.proxy.bootstrap;

import io.weft.api.wire.DefinitionTexts;
import java.util.HashMap;
import java.util.Map;

/**
 * The messages and enums that a file could name, without protobuf's descriptors of them: it has those of a proto file built at once, with those of all
 * files that it imports, which took a start longer than everything else that it does with its file. Here each is read when it is asked for. Of one thread.
 */
final class Definitions {
    private final Map<String, MessageDefinition> messages = new HashMap<>();
    private final Map<String, EnumDefinition> enums = new HashMap<>();

    MessageDefinition message(String name) {
        MessageDefinition message = messages.get(name);
        if (message == null) {
            message = new MessageDefinition(name, DefinitionTexts.of(name));
            messages.put(name, message);
        }
        return message;
    }

    EnumDefinition enumOf(FieldDefinition field) {
        EnumDefinition type = enums.get(field.typeName());
        if (type == null) {
            type = EnumDefinition.of(DefinitionTexts.of(field.typeName()));
            enums.put(field.typeName(), type);
        }
        return type;
    }
}

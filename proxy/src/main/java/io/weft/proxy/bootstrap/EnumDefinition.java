package io.weft.proxy.bootstrap;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * An enum of the proto files.
 *
 * @param names of its values, in the order of the file
 * @param numbers of the same; two names may have one
 */
record EnumDefinition(List<String> names, List<Integer> numbers) {
    EnumDefinition {
        names = List.copyOf(names);
        numbers = List.copyOf(numbers);
    }

    /** @param text in {@code DefinitionTexts} */
    static EnumDefinition of(String text) {
        List<String> names = new ArrayList<>();
        List<Integer> numbers = new ArrayList<>();
        for (String line : text.split("\n")) {
            int space = line.indexOf(' ');
            numbers.add(Integer.valueOf(line.substring(0, space)));
            names.add(line.substring(space + 1));
        }
        return new EnumDefinition(names, numbers);
    }

    OptionalInt numberOf(String name) {
        int index = names.indexOf(name);
        return index < 0 ? OptionalInt.empty() : OptionalInt.of(numbers.get(index));
    }

    /** The first name of a number; the number itself where it has none. */
    String nameOf(int number) {
        int index = numbers.indexOf(number);
        return index < 0 ? Integer.toString(number) : names.get(index);
    }
}

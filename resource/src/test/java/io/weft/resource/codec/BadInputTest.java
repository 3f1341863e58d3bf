package io.weft.resource.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.weft.core.violation.InvalidInputException;
import io.weft.core.violation.Violation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each case of {@code bad-input.txt} is a text and, after a line of {@code =>}, all violations that it must give. With the system property
 * {@code weft.golden} the file is printed with what was found instead.
 */
class BadInputTest {
    private static final String CASE = "### ";
    private static final String EXPECT = "=>\n";

    private final ResourceCodec codec = new ResourceCodec();

    record Case(String name, String input, String expected) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Case> cases() throws IOException {
        try (InputStream stream = BadInputTest.class.getResourceAsStream("bad-input.txt")) {
            assertThat(stream).isNotNull();
            String file = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            List<Case> cases = new ArrayList<>();
            for (String part :
                    file.substring(file.indexOf(CASE) + CASE.length()).split("\n" + CASE)) {
                int line = part.indexOf('\n');
                int expect = part.indexOf(EXPECT);
                cases.add(new Case(
                        part.substring(0, line),
                        part.substring(line + 1, expect),
                        part.substring(expect + EXPECT.length()).strip()));
            }
            return cases;
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyFaultIsToldAtOnceWithItsLine(Case bad) throws Exception {
        String found = violations(new SourceText("f", bad.input()));
        if (System.getProperty("weft.golden") != null) {
            System.out.print(CASE + bad.name() + "\n" + bad.input() + EXPECT + found + "\n\n");
            return;
        }
        assertThat(found).isEqualTo(bad.expected());
    }

    @Test
    void faultsOfAllTextsAreToldTogether() {
        SourceText yaml = new SourceText("a.yaml", "kind: Service\n---\nx: [\n");
        SourceText json = new SourceText("b.json", "{\n\"kind\": \"Service\"\n\"x\"}");

        assertThat(violations(yaml, json)).isEqualTo("""
                a.yaml:1: apiVersion: expected to be there
                a.yaml:4: valid YAML: expected the node content, but found '<stream end>'
                b.json:3: valid JSON: Unexpected character ('"' (code 34)): was expecting comma to separate Object entries""");
    }

    @Test
    void aResourceStandsOnlyOnceInAChangeSet() {
        String service = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {}\n";

        assertThat(violations(new SourceText("a.yaml", service), new SourceText("b.yaml", "---\n" + service)))
                .isEqualTo(
                        "b.yaml:2: \"Service/default/a\": each resource only once in a change set: it stands also at a.yaml:1");
    }

    private String violations(SourceText... texts) {
        InvalidInputException refused =
                catchThrowableOfType(InvalidInputException.class, () -> codec.decode(List.of(texts)));
        assertThat(refused).as("was accepted").isNotNull();
        return Stream.of(refused.violations())
                .flatMap(List::stream)
                .map(Violation::toString)
                .collect(Collectors.joining("\n"));
    }
}

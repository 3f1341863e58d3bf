package io.weft.resource.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.core.violation.InvalidInputException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadLimitsTest {
    private final ResourceCodec codec = new ResourceCodec();

    @Test
    void aliasesCountAsWhatTheyStandFor() {
        StringBuilder laughs = new StringBuilder("a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n");
        for (int i = 1; i < 12; i++) {
            String before = "*a" + (i - 1);
            laughs.append("a%d: &a%d [%s]\n"
                    .formatted(
                            i,
                            i,
                            String.join(
                                    ", ",
                                    List.of(
                                            before, before, before, before, before, before, before, before, before,
                                            before))));
        }

        assertRefused(
                laughs.toString(),
                "at most 1000000 values in a change set, with each alias counted as what it stands for");
    }

    @Test
    void anAliasedTextCountsByItsLength() {
        String text = "a: &a " + "x".repeat(1024 * 1024) + "\nb: [" + "*a,".repeat(100) + "]";

        assertRefused(text, "at most 1000000 values in a change set, with each alias counted as what it stands for");
    }

    @Test
    void manyValuesAreRefused() {
        assertRefused(
                "[" + "1,".repeat(1_000_000) + "1]",
                "at most 1000000 values in a change set, with each alias counted as what it stands for");
    }

    @ParameterizedTest
    @CsvSource({"'[', ']', a.yaml", "'{\"a\":', '}', a.json", "'- ', '', a.yaml", "'? ', '', a.yaml"})
    void deepNestingIsRefused(String open, String close, String file) {
        String text = open.repeat(100_000) + "1" + close.repeat(100_000);

        assertThatThrownBy(() -> codec.decode(List.of(new SourceText(file, text))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(file + ":1: at most 64 levels of nesting");
    }

    @Test
    void largeTextsAreRefusedTogether() {
        SourceText half = new SourceText("a", "#".repeat(4 * 1024 * 1024));
        SourceText more = new SourceText("b", "é".repeat(2 * 1024 * 1024) + "#");

        assertThatThrownBy(() -> codec.decode(List.of(half, more)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("b:1: at most 8 MiB of text in a change set");
    }

    @Test
    void manyDocumentsAreRefused() {
        assertRefused("---\na: 1\n".repeat(10_001), "at most 10000 documents in a change set");
        assertRefused(
                "kind: List\nitems: [" + "{apiVersion: apps/v1, kind: Deployment},".repeat(10_001) + "]",
                "at most 10000 documents in a change set");
    }

    @Test
    void tenThousandServicesAreTaken() throws Exception {
        StringBuilder services = new StringBuilder();
        for (int i = 0; i < 10_000; i++) {
            services.append("---\napiVersion: v1\nkind: Service\nmetadata: {name: a%d}\nspec: {ports: [{port: 80}]}\n"
                    .formatted(i));
        }

        assertThat(codec.decode(List.of(new SourceText("-", services.toString())))
                        .documents())
                .hasSize(10_000);
    }

    @Test
    void violationsAreListedUpToABound() {
        String text = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n" + uniqueFields(1005);

        assertThatThrownBy(() -> codec.decode(List.of(new SourceText("f", text))))
                .isInstanceOfSatisfying(InvalidInputException.class, refused -> {
                    assertThat(refused.violations()).hasSize(1001);
                    assertThat(refused.violations().getLast()).hasToString("5 more violations are not listed");
                });
    }

    @Test
    void emptyDocumentsAndCommentsAreNothing() throws Exception {
        for (String text : List.of("", "\n", "# a comment\n", "---\n---\n# b\n---\nnull\n...\n", "\uFEFF---\n")) {
            assertThat(codec.decode(List.of(new SourceText("f", text))).documents())
                    .isEmpty();
        }
        assertThat(codec.decode(List.of(new SourceText("f.json", " \n "))).documents())
                .isEmpty();
    }

    private static String uniqueFields(int count) {
        StringBuilder fields = new StringBuilder();
        for (int i = 0; i < count; i++) {
            fields.append("  field").append(i).append(": 1\n");
        }
        return fields.toString();
    }

    private void assertRefused(String text, String message) {
        assertThatThrownBy(() -> codec.decode(List.of(new SourceText("f", text))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(message);
    }
}

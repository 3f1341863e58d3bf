package io.weft.resource.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.weft.core.violation.InvalidInputException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Valid texts with random damage: the codec takes them or refuses them, and what it takes it can write and read again. */
class MutationTest {
    private static final int MUTATIONS = 4000;
    private static final String[] PIECES = {
        ":",
        "- ",
        "\n",
        "  ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "&a ",
        "*a",
        "!",
        "|",
        ">",
        "#",
        "? ",
        "null",
        "true",
        "-1",
        "1e999",
        "0x",
        "99999999999999999999",
        "---\n",
        "...\n",
        "\t",
        "\u0000",
        "\u0085",
        "🕸",
        "\uD800",
        "kind: List\n",
        "items:\n- ",
        "<<: ",
        "%YAML 1.1\n",
        "!!str ",
        ",",
        "=",
        "~",
        "@",
        "`",
        "\r",
        "\uFEFF"
    };

    private final ResourceCodec codec = new ResourceCodec();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void damagedTextsAreTakenOrRefused(long seed) {
        List<String> originals = new ArrayList<>();
        Samples.all().forEach(sample -> {
            originals.add(codec.toYaml(sample));
            originals.add(codec.toJson(sample));
        });
        originals.add(codec.toJson(Samples.all()));
        Random random = new Random(seed);
        int taken = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            String text = originals.get(random.nextInt(originals.size()));
            for (int damages = random.nextInt(3); damages >= 0; damages--) {
                text = damage(text, random);
            }
            taken += decode(text) ? 1 : 0;
        }
        assertThat(taken).as("some damage is harmless, most is not").isBetween(MUTATIONS / 50, MUTATIONS / 2);
    }

    @Test
    void decodingTakesBoundedTime() {
        String pattern =
                "apiVersion: v1\nkind: Service\nmetadata: {name: a, labels: {a: \"" + "a-".repeat(1_000_000) + "\"}}\n";

        Assertions.assertTimeout(Duration.ofSeconds(20), () -> decode(pattern));
    }

    private boolean decode(String text) {
        try {
            List<DecodedDocument> documents =
                    codec.decode(List.of(new SourceText("f", text))).documents();
            for (DecodedDocument document : documents) {
                String written = codec.toYaml(document.resource());
                assertThat(codec.decode(List.of(new SourceText("g", written))).documents())
                        .extracting(DecodedDocument::resource)
                        .containsExactly(document.resource());
            }
            return true;
        } catch (InvalidInputException refused) {
            assertThat(refused.violations()).isNotEmpty();
            return false;
        } catch (RuntimeException | StackOverflowError fault) {
            return fail("the codec failed on:\n" + text, fault);
        }
    }

    private static String damage(String text, Random random) {
        int at = random.nextInt(text.length() + 1);
        int end = Math.min(text.length(), at + random.nextInt(12));
        String piece = PIECES[random.nextInt(PIECES.length)];
        return switch (random.nextInt(5)) {
            case 0 -> text.substring(0, at) + piece + text.substring(at);
            case 1 -> text.substring(0, at) + text.substring(end);
            case 2 -> text.substring(0, at) + piece + text.substring(end);
            case 3 -> text.substring(0, end) + text.substring(at);
            default -> moveLine(text, random);
        };
    }

    private static String moveLine(String text, Random random) {
        List<String> lines = new ArrayList<>(text.lines().toList());
        if (lines.isEmpty()) {
            return text;
        }
        String line = lines.remove(random.nextInt(lines.size()));
        lines.add(random.nextInt(lines.size() + 1), random.nextBoolean() ? line : "  " + line);
        return String.join("\n", lines) + "\n";
    }
}

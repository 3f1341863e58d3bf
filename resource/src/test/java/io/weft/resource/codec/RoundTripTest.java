package io.weft.resource.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.core.violation.InvalidInputException;
import io.weft.resource.model.Metadata;
import io.weft.resource.model.Resource;
import io.weft.resource.model.ResourceKind;
import io.weft.resource.model.Service;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RoundTripTest {
    private final ResourceCodec codec = new ResourceCodec();

    static List<Resource> samples() {
        return Samples.all();
    }

    @Test
    void everyKindHasASample() {
        assertThat(Samples.all()).extracting(Resource::kind).contains(ResourceKind.values());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void yamlReadsAsWhatWasWritten(Resource resource) throws Exception {
        assertThat(decode("a.yaml", codec.toYaml(resource))).containsExactly(resource);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void jsonReadsAsWhatWasWritten(Resource resource) throws Exception {
        String json = codec.toJson(resource);

        assertThat(json).doesNotContain("\n");
        assertThat(decode("a.json", json)).containsExactly(resource);
        assertThat(decode("json is recognized without the file's name", json)).containsExactly(resource);
    }

    @Test
    void manyResourcesReadAsTheyWereWritten() throws Exception {
        assertThat(decode("a.yaml", codec.toYaml(samples()))).containsExactlyElementsOf(samples());
        assertThat(decode("a.json", codec.toJson(samples()))).containsExactlyElementsOf(samples());
    }

    @Test
    void anyTextReadsAsItWasWritten() throws Exception {
        String[] pieces = {
            "a", "1", " ", "\n", "\t", "\r", ":", "- ", "#", "'", "\"", "\\", "|", ">", "é", "🕸", "\u0085", "\u2028",
            "%", "}", "[", "&", "*", "!", "?", "~", "e", ".", "\uFEFF", "\u0001", "@", "`", ","
        };
        Random random = new Random(17);
        for (int i = 0; i < 1000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(8); length >= 0; length--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            Metadata metadata = new Metadata("shop", "a", Map.of(), Map.of("text", text.toString()), null);
            Resource resource = new Service(metadata, List.of(), Map.of());

            assertThat(decode("a.yaml", codec.toYaml(resource))).containsExactly(resource);
            assertThat(decode("a.json", codec.toJson(resource))).containsExactly(resource);
        }
    }

    @Test
    void theTextOfADocumentDecodesAlone() throws Exception {
        for (String text : List.of(codec.toYaml(samples()), codec.toJson(samples()))) {
            List<DecodedDocument> documents =
                    codec.decode(List.of(new SourceText("all", text))).documents();
            for (DecodedDocument document : documents) {
                assertThat(decode("one", document.text())).containsExactly(document.resource());
            }
        }
    }

    @Test
    void theTimeOfCreationCountsOnlyInWhatAStoreHolds() throws Exception {
        Resource sample = samples().getFirst();
        Resource created =
                sample.withMetadata(sample.metadata().withCreationTimestamp(Instant.parse("2026-03-02T10:11:12Z")));
        String yaml = codec.toYaml(created);

        assertThat(codec.decodeStored(List.of(new SourceText("store", yaml)))
                        .documents()
                        .getFirst()
                        .resource())
                .isEqualTo(created);
        assertThat(decode("user", yaml)).containsExactly(sample);
    }

    @Test
    void yamlIsWrittenAsPeopleWriteIt() {
        assertThat(codec.toYaml(samples().get(11))).isEqualTo("""
                apiVersion: mesh.weft.io/v1
                kind: TrafficPolicy
                metadata:
                  name: round-robin
                  namespace: shop
                spec:
                  targetRefs:
                  - group: ""
                    kind: Service
                    name: cart
                  - group: gateway.networking.k8s.io
                    kind: HTTPRoute
                    name: cart
                    sectionName: canary
                  loadBalancer:
                    type: RoundRobin
                """);
    }

    private List<Resource> decode(String file, String text) throws InvalidInputException {
        return codec.decode(List.of(new SourceText(file, text))).documents().stream()
                .map(DecodedDocument::resource)
                .toList();
    }
}

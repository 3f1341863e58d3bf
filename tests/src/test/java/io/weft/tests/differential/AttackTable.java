package io.weft.tests.differential;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The attacks on file, by family. */
record AttackTable(Map<String, List<Attack>> families) {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    static AttackTable load(Path folder) {
        Map<String, List<Attack>> families = new LinkedHashMap<>();
        add(families, folder.resolve("requests.yaml"), new TypeReference<Map<String, List<RequestAttack>>>() {});
        add(families, folder.resolve("downgrades.yaml"), new TypeReference<Map<String, List<FrameAttack>>>() {});
        add(families, folder.resolve("responses.yaml"), new TypeReference<Map<String, List<ResponseAttack>>>() {});
        return new AttackTable(families);
    }

    private static <A extends Attack> void add(
            Map<String, List<Attack>> families, Path file, TypeReference<Map<String, List<A>>> type) {
        try {
            Map<String, List<A>> read = YAML.readValue(Files.readString(file), type);
            Set<String> names = new HashSet<>();
            read.forEach((family, attacks) -> {
                for (Attack attack : attacks) {
                    Attack.check(attack);
                    if (!names.add(attack.name())) {
                        throw new IllegalStateException("two attacks are named " + attack.name());
                    }
                }
                families.put(family, List.copyOf(attacks));
            });
        } catch (IOException | JacksonException | IllegalArgumentException e) {
            throw new IllegalStateException(file + ": " + e.getMessage(), e);
        }
    }

    Stream<Attack> all() {
        return families.values().stream().flatMap(List::stream);
    }
}

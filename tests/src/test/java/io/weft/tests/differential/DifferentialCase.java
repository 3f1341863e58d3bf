package io.weft.tests.differential;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** One folder: a bootstrap with placeholders, and the requests that are sent to both proxies. */
record DifferentialCase(String name, String bootstrap, List<Request> requests) {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{(\\w+)}");

    static List<DifferentialCase> all(Path folder) throws IOException {
        try (Stream<Path> cases = Files.list(folder)) {
            List<Path> folders = cases.filter(Files::isDirectory).sorted().toList();
            return folders.stream().map(DifferentialCase::load).toList();
        }
    }

    private static DifferentialCase load(Path folder) {
        try {
            List<Request> requests = YAML.readValue(
                    Files.readString(folder.resolve("requests.yaml")), new TypeReference<List<Request>>() {});
            Set<String> names = new HashSet<>();
            requests.forEach(request -> {
                if (!names.add(request.name())) {
                    throw new IllegalStateException(folder + ": two requests are named " + request.name());
                }
            });
            return new DifferentialCase(
                    folder.getFileName().toString(), Files.readString(folder.resolve("bootstrap.yaml")), requests);
        } catch (IOException | JacksonException e) {
            throw new IllegalStateException(folder + ": " + e.getMessage(), e);
        }
    }

    DifferentialCase withBootstrap(String altered) {
        return new DifferentialCase(name, altered, requests);
    }

    String rendered(Placeholders placeholders) {
        Matcher matcher = PLACEHOLDER.matcher(bootstrap);
        return matcher.replaceAll(match -> Matcher.quoteReplacement(placeholders.value(match.group(1))));
    }
}

package io.weft.control.xds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.Any;
import io.weft.control.ir.ProxyNode;
import io.weft.control.registry.RegistrySnapshot;
import io.weft.control.translate.Derivation;
import io.weft.control.translate.Facts;
import io.weft.core.identity.TrustDomain;
import io.weft.engine.xds.Parsed;
import io.weft.engine.xds.ResourceType;
import io.weft.resource.codec.DecodedDocument;
import io.weft.resource.codec.ResourceCodec;
import io.weft.resource.codec.SourceText;
import io.weft.resource.model.HttpRoute;
import io.weft.resource.model.Resource;
import io.weft.resource.model.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Each {@code golden/<name>.in.yaml} and what is made of it. A Workload with the annotation {@code golden/node} is a proxy whose whole
 * configuration is in {@code <name>.out.yaml}; {@code -Dgolden.update=true} writes it anew. What comes out is also fed to the proxy's own
 * parsers and to a real Envoy.
 */
class GoldenXdsTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final String NODE = "golden/node";

    @TestFactory
    Stream<DynamicTest> outputIsAsReviewed() throws IOException {
        return inputs().map(input -> DynamicTest.dynamicTest(name(input), () -> {
            StringBuilder text = new StringBuilder();
            translate(input).forEach((node, resources) -> {
                text.append("# node ").append(node).append('\n');
                resources
                        .resources()
                        .values()
                        .forEach(resource -> text.append("---\n").append(XdsYaml.write(resource.body())));
            });
            Path output = GOLDEN.resolve(name(input) + ".out.yaml");
            if (Boolean.getBoolean("golden.update")) {
                Files.writeString(output, text);
            }
            assertThat(text.toString()).isEqualTo(Files.readString(output));
        }));
    }

    @TestFactory
    Stream<DynamicTest> proxyTakesItAndHonoursAllOfIt() throws IOException {
        return inputs().map(input -> DynamicTest.dynamicTest(name(input), () -> {
            List<String> faults = new ArrayList<>();
            translate(input)
                    .values()
                    .forEach(set -> set.resources().values().forEach(resource -> {
                        Parsed<?> parsed = parse(resource.body());
                        parsed.errors().forEach(error -> faults.add(resource.name() + ": " + error));
                        parsed.notHonoured().forEach(field -> faults.add(resource.name() + " not honoured: " + field));
                    }));
            assertThat(faults).isEmpty();
        }));
    }

    @TestFactory
    Stream<DynamicTest> envoyTakesIt() throws IOException {
        Optional<Path> envoy = RealEnvoy.find();
        return inputs().map(input -> DynamicTest.dynamicTest(name(input), () -> {
            assumeTrue(envoy.isPresent(), "no Envoy: make fetches one");
            for (Map.Entry<String, ResourceSet> node : translate(input).entrySet()) {
                String verdict = RealEnvoy.validate(envoy.orElseThrow(), node.getValue());
                assertThat(verdict).as(node.getKey()).isEmpty();
            }
        }));
    }

    @TestFactory
    Stream<DynamicTest> nothingReferredToIsMissing() throws IOException {
        return inputs().map(input -> DynamicTest.dynamicTest(name(input), () -> {
            for (ResourceSet set : translate(input).values()) {
                assertThat(Dangling.references(set)).isEmpty();
            }
        }));
    }

    private static Parsed<?> parse(Any body) {
        for (ResourceType<?, ?> type : ResourceType.ALL) {
            if (type.typeUrl().equals(body.getTypeUrl())) {
                return type.parse(body);
            }
        }
        throw new IllegalArgumentException("the proxy has no parser for " + body.getTypeUrl());
    }

    private static Stream<Path> inputs() throws IOException {
        try (Stream<Path> files = Files.list(GOLDEN)) {
            List<Path> inputs = files.filter(file -> file.toString().endsWith(".in.yaml"))
                    .sorted()
                    .toList();
            assertThat(inputs).isNotEmpty();
            return inputs.stream();
        }
    }

    private static String name(Path input) {
        return input.getFileName().toString().replace(".in.yaml", "");
    }

    private static Map<String, ResourceSet> translate(Path input) throws Exception {
        List<Resource> resources = new ResourceCodec()
                .decode(List.of(new SourceText(input.toString(), Files.readString(input)))).documents().stream()
                        .map(DecodedDocument::resource)
                        .map(GoldenXdsTest::created)
                        .toList();
        Derivation derivation = new Derivation();
        derivation.update(new Facts(new TrustDomain("mesh.example"), 1, resources, RegistrySnapshot.EMPTY));
        Map<String, ResourceSet> sets = new TreeMap<>();
        for (Resource resource : resources) {
            if (resource instanceof Workload workload
                    && workload.metadata().annotations().containsKey(NODE)) {
                ProxyNode node = node(workload);
                sets.put(node.id(), derivation.get(new ResourceCache.Of(node)));
            }
        }
        assertThat(sets).as("a Workload with the annotation %s", NODE).isNotEmpty();
        return sets;
    }

    /** A store notes when it first took a document; here the annotation {@code golden/created} of a route says it. */
    private static Resource created(Resource resource) {
        String created = resource.metadata().annotations().get("golden/created");
        return created != null && resource instanceof HttpRoute route
                ? new HttpRoute(
                        route.metadata().withCreationTimestamp(Instant.parse(created)),
                        route.parentRefs(),
                        route.hostnames(),
                        route.rules())
                : resource;
    }

    private static ProxyNode node(Workload workload) {
        return new ProxyNode(
                workload.metadata().name(),
                ProxyNode.Client.WEFT,
                workload.metadata().namespace(),
                workload.metadata().name(),
                workload.serviceAccount(),
                workload.metadata().labels(),
                workload.services().stream()
                        .map(each -> new ProxyNode.Offered(
                                each.name(), each.port(), each.applicationPort(), each.protocol()))
                        .toList(),
                ProxyNode.DEFAULT_OUTBOUND_PORT,
                workload.inboundPort(),
                "0.0.0.0",
                "",
                Set.of());
    }
}

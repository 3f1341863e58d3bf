package io.weft.proxy.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.util.JsonFormat;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.weft.core.violation.InvalidInputException;
import io.weft.core.violation.Violation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BootstrapReaderTest {
    @Test
    void yamlGivesWhatProtobufReadsFromTheSameJson() throws Exception {
        assertThat(message("full.yaml", resource("full.yaml"))).isEqualTo(byProtobuf(resource("full.json")));
    }

    @Test
    void jsonGivesWhatProtobufReads() throws Exception {
        assertThat(message("full.json", resource("full.json"))).isEqualTo(byProtobuf(resource("full.json")));
    }

    @Test
    void whatProtobufPrintsIsReadBack() throws Exception {
        Bootstrap bootstrap = byProtobuf(resource("full.json"));
        String printed = JsonFormat.printer()
                .usingTypeRegistry(DefinitionsTest.registry())
                .print(bootstrap);
        assertThat(message("printed.json", printed)).isEqualTo(bootstrap);
        String withProtoNames = JsonFormat.printer()
                .usingTypeRegistry(DefinitionsTest.registry())
                .preservingProtoFieldNames()
                .print(bootstrap);
        assertThat(message("printed.json", withProtoNames)).isEqualTo(bootstrap);
    }

    @Test
    void jsonIndentedByTabsIsRead() throws Exception {
        assertThat(message("a.json", "{\n\t\"node\":\t{\n\t\t\"id\":\t\"a\\/\\ud83d\\ude00\"\n\t}\n}\n")
                        .getNode()
                        .getId())
                .isEqualTo("a/😀");
    }

    record Bad(String name, String text, List<String> errors) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Bad> bad() {
        return Stream.of(
                bad(
                        "unknown field",
                        "node:\n  idd: a\n",
                        "f:2: node.idd: Node has no field of this name (did you mean \"id\"?)"),
                bad(
                        "unknown field in camel case",
                        "{staticResources: {}, statsFlushInterva: 5s}",
                        "f:1: statsFlushInterva: Bootstrap has no field of this name (did you mean \"statsFlushInterval\"?)"),
                bad(
                        "every error at once",
                        """
                        admin:
                          address:
                            socket_address: {adress: 1, port_value: 4294967296}
                        static_resources:
                          clusters:
                          - name: 5
                            type: STATICC
                            connect_timeout: 5
                        """,
                        "f:3: admin.address.socket_address.adress: SocketAddress has no field of this name (did you mean \"address\"?)",
                        "f:3: admin.address.socket_address.port_value: \"4294967296\": expected an integer from 0 to 4294967295",
                        "f:6: static_resources.clusters[0].name: \"5\": expected a string (put it in quotes)",
                        "f:7: static_resources.clusters[0].type: \"STATICC\": expected one of STATIC, STRICT_DNS, LOGICAL_DNS, EDS,"
                                + " ORIGINAL_DST (did you mean \"STATIC\"?)",
                        "f:8: static_resources.clusters[0].connect_timeout: \"5\": expected a duration in seconds such as 1.5s"),
                bad(
                        "two of a oneof",
                        "admin:\n  address:\n    pipe: {path: a}\n    socket_address: {address: b}\n",
                        "f:4: admin.address.socket_address: only one of socket_address, pipe, envoy_internal_address may be set,"
                                + " and pipe is, on line 3"),
                bad(
                        "unknown type",
                        """
                        static_resources:
                          listeners:
                          - filter_chains:
                            - filters:
                              - name: x
                                typed_config:
                                  "@type": type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy
                        """,
                        "f:7: static_resources.listeners[0].filter_chains[0].filters[0].typed_config.@type:"
                                + " \"type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy\":"
                                + " expected the type of a message that Weft knows (known:"
                                + " envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager,"
                                + " envoy.extensions.filters.network.rbac.v3.RBAC,"
                                + " envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy)"),
                bad(
                        "type of an older version",
                        typed("{\"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v2.Router}"),
                        "f:2: static_resources.listeners[0].listener_filters[0].typed_config.@type:"
                                + " \"type.googleapis.com/envoy.extensions.filters.http.router.v2.Router\":"
                                + " expected the type of a message that Weft knows"
                                + " (did you mean \"envoy.extensions.filters.http.router.v3.Router\"?)"),
                bad(
                        "type without a prefix",
                        typed("{\"@type\": envoy.extensions.filters.http.router.v3.Router}"),
                        "f:2: static_resources.listeners[0].listener_filters[0].typed_config.@type:"
                                + " \"envoy.extensions.filters.http.router.v3.Router\": expected the type of a message that Weft knows"
                                + " (write type.googleapis.com/envoy.extensions.filters.http.router.v3.Router)"),
                bad(
                        "no type",
                        typed("{stat_prefix: a}"),
                        "f:2: static_resources.listeners[0].listener_filters[0].typed_config.@type: expected the type of the message,"
                                + " such as type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
                                + ".HttpConnectionManager"),
                bad(
                        "unknown field in an Any",
                        typed(
                                "{\"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router, dynamic_stat: true}"),
                        "f:2: static_resources.listeners[0].listener_filters[0].typed_config.dynamic_stat: Router has no field of this"
                                + " name (did you mean \"dynamic_stats\"?)"),
                bad(
                        "a mapping for a list",
                        "static_resources:\n  clusters:\n    name: a\n",
                        "f:3: static_resources.clusters: \"a mapping\": expected a sequence, each a mapping (Cluster)"),
                bad("a list for a message", "node: [a]", "f:1: node: \"a sequence\": expected a mapping (Node)"),
                bad(
                        "a quoted boolean",
                        "enable_dispatcher_stats: \"true\"",
                        "f:1: enable_dispatcher_stats: \"true\": expected true or false (write it without quotes)"),
                bad(
                        "a boolean of YAML 1.1",
                        "enable_dispatcher_stats: yes",
                        "f:1: enable_dispatcher_stats: \"yes\": expected true or false"),
                bad(
                        "a negative unsigned",
                        cluster("per_connection_buffer_limit_bytes: -1"),
                        "f:1: static_resources.clusters[0].per_connection_buffer_limit_bytes: \"-1\": expected an integer from 0 to 4294967295"),
                bad(
                        "an unknown enum number",
                        cluster("type: 77"),
                        "f:1: static_resources.clusters[0].type: \"77\": expected one of STATIC, STRICT_DNS, LOGICAL_DNS, EDS, ORIGINAL_DST"),
                bad(
                        "null in a list",
                        "static_resources: {clusters: [null]}",
                        "f:1: static_resources.clusters[0]: \"null\": expected a mapping (Cluster)"),
                bad(
                        "a key that stands twice",
                        "node: {id: a}\nnode: {id: b}\n",
                        "f:2: \"node\": the key stands twice, first on line 1"),
                bad(
                        "both spellings of a field",
                        "static_resources: {}\nstaticResources: {}\n",
                        "f:2: static_resources: \"staticResources\": the field stands twice, first on line 1"),
                bad(
                        "two documents",
                        "node: {id: a}\n---\nnode: {id: b}\n",
                        "f:2: a second document begins here, expected one document in the file"),
                bad("an empty file", "# nothing\n", "f:1: the file is empty, expected a Bootstrap message"),
                bad(
                        "not YAML",
                        "node:\n\tid: a\n",
                        "f:2: not YAML: while scanning for the next token: found character '\\t(TAB)' that cannot"
                                + " start any token. (Do not use \\t(TAB) for indentation)"),
                bad(
                        "truncated JSON",
                        "{\"node\": {\"id\": ",
                        "f:1: not YAML: while parsing a flow node: expected the node content, but found '<stream end>'"),
                bad("an unknown alias", "node: *a", "f:1: \"*a\": expected an alias of an anchor that ends before it"),
                bad(
                        "a cycle of aliases",
                        "node: &a\n  metadata: *a\n",
                        "f:2: \"*a\": expected an alias of an anchor that ends before it"),
                bad(
                        "a tag",
                        "node: {id: !!binary aGk=}",
                        "f:1: \"tag:yaml.org,2002:binary\": expected no tag but !!str"),
                bad("nested too deep", "node: " + "[".repeat(200), "f:1: nested deeper than 128 levels"),
                bad(
                        "a secret is not told",
                        secret("private_key: {inline_string: [s3cret]}"),
                        "f:1: static_resources.secrets[0].tls_certificate.private_key.inline_string: \"[redacted]\": expected a string"));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void whatIsWrongIsToldWithLineFieldAndValue(Bad bad) {
        assertThatExceptionOfType(InvalidInputException.class)
                .isThrownBy(() -> BootstrapReader.read("f", bad.text()))
                .satisfies(e -> assertThat(e.violations())
                        .extracting(Violation::toString)
                        .containsExactlyElementsOf(bad.errors()));
    }

    @Test
    void aliasesThatMultiplyAreBounded() {
        StringBuilder text = new StringBuilder("node:\n  metadata:\n    a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 10; i++) {
            String alias = "*a" + (i - 1);
            text.append("    a" + i + ": &a" + i + " [" + (alias + ",").repeat(9) + alias + "]\n");
        }
        assertThatExceptionOfType(InvalidInputException.class)
                .isThrownBy(() -> BootstrapReader.read("f", text.toString()))
                .withMessageContaining("with its aliases expanded the file has more than 1000000 values");
    }

    @Test
    void aliasesAreExpanded() throws Exception {
        Bootstrap bootstrap = message("f", "node:\n  locality: &here {region: eu}\n  metadata: {where: *here}\n");
        assertThat(bootstrap.getNode().getLocality().getRegion()).isEqualTo("eu");
        assertThat(bootstrap
                        .getNode()
                        .getMetadata()
                        .getFieldsOrThrow("where")
                        .getStructValue()
                        .getFieldsOrThrow("region")
                        .getStringValue())
                .isEqualTo("eu");
    }

    @Test
    void integersMayBeHexadecimalOrOctal() throws Exception {
        Bootstrap bootstrap = message(
                "f",
                "admin: {address: {pipe: {path: a, mode: 0644}}}\n"
                        + cluster("per_connection_buffer_limit_bytes: 0x10"));
        assertThat(bootstrap.getAdmin().getAddress().getPipe().getMode()).isEqualTo(0644);
        assertThat(bootstrap
                        .getStaticResources()
                        .getClusters(0)
                        .getPerConnectionBufferLimitBytes()
                        .getValue())
                .isEqualTo(16);
    }

    @Test
    void linesAreKeptForEveryField() throws Exception {
        LineIndex lines =
                BootstrapReader.read("full.yaml", resource("full.yaml")).lines();
        String[] text = resource("full.yaml").split("\n");
        String manager = "static_resources.listeners[0].filter_chains[0].filters[0].typed_config";
        assertThat(text[lines.lineOf(manager + ".stat_prefix") - 1]).contains("stat_prefix: ingress");
        assertThat(text[lines.lineOf(manager + ".route_config.virtual_hosts[0].routes[1].match") - 1])
                .contains("match: {path: /exact}");
        assertThat(text[lines.lineOf(manager + ".route_config.virtual_hosts[0].routes[1].match.grpc") - 1])
                .contains("match: {path: /exact}");
        assertThat(text[lines.lineOf("node.metadata[\"weft\"][\"services\"][0][\"port\"]") - 1])
                .contains("port: 80");
        assertThat(lines.lineOf("nothing.such")).isEqualTo(1);
        assertThat(lines.locate("static_resources.clusters[0]", Violation.at("name", "", "expected a name"))
                        .toString())
                .isEqualTo("full.yaml:" + lines.lineOf("static_resources.clusters[0].name")
                        + ": static_resources.clusters[0].name: expected a name");
    }

    /** Damaged files give errors with lines, never another exception. */
    @Test
    void anyDamageGivesViolations() throws Exception {
        Random random = new Random(20261121);
        String pieces = "{}[]:,-#&*!|>'\"%@`\n\t ~0x\u0000\ud800\ufeff";
        for (String name : List.of("full.yaml", "full.json")) {
            for (int round = 0; round < 1500; round++) {
                StringBuilder text = new StringBuilder(resource(name));
                for (int i = random.nextInt(4); i >= 0; i--) {
                    int at = random.nextInt(text.length());
                    switch (random.nextInt(3)) {
                        case 0 -> text.deleteCharAt(at);
                        case 1 -> text.insert(at, pieces.charAt(random.nextInt(pieces.length())));
                        default -> text.delete(at, Math.min(text.length(), at + random.nextInt(200)));
                    }
                }
                try {
                    SettingsReader.read(BootstrapReader.read(name, text.toString()));
                } catch (InvalidInputException e) {
                    assertThat(e.violations())
                            .allSatisfy(violation ->
                                    assertThat(violation.location()).isNotNull());
                }
            }
        }
    }

    @Test
    void aFileThatIsNotThereIsNamed(@TempDir Path directory) {
        Path missing = directory.resolve("none.yaml");
        assertThatExceptionOfType(InvalidInputException.class)
                .isThrownBy(() -> BootstrapReader.read(missing))
                .withMessage(missing + ":1: there is no such file");
    }

    @Test
    void aFileThatIsTooLargeOrNotTextIsRefused(@TempDir Path directory) throws Exception {
        Path large = Files.write(directory.resolve("large"), new byte[(16 << 20) + 1]);
        assertThatExceptionOfType(InvalidInputException.class)
                .isThrownBy(() -> BootstrapReader.read(large))
                .withMessage(large + ":1: larger than 16 MiB");
        Path binary = Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff, 1});
        assertThatExceptionOfType(InvalidInputException.class)
                .isThrownBy(() -> BootstrapReader.read(binary))
                .withMessage(binary + ":1: not UTF-8");
    }

    private static Bad bad(String name, String text, String... errors) {
        return new Bad(name, text, List.of(errors));
    }

    private static String typed(String config) {
        return "static_resources: {listeners: [{listener_filters: [{name: a, typed_config:\n" + config + "}]}]}";
    }

    private static String cluster(String field) {
        return "static_resources: {clusters: [{" + field + "}]}";
    }

    private static String secret(String field) {
        return "static_resources: {secrets: [{tls_certificate: {" + field + "}}]}";
    }

    static Bootstrap message(String file, String text) throws InvalidInputException, IOException {
        return Bootstrap.parseFrom(BootstrapReader.read(file, text).bytes());
    }

    private static Bootstrap byProtobuf(String json) throws IOException {
        Bootstrap.Builder builder = Bootstrap.newBuilder();
        JsonFormat.parser().usingTypeRegistry(DefinitionsTest.registry()).merge(json, builder);
        return builder.build();
    }

    private static String resource(String name) throws IOException {
        try (InputStream input = BootstrapReaderTest.class.getResourceAsStream(name)) {
            assertThat(input).isNotNull();
            return new String(input.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}

package io.weft.proxy.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

class MessageWriterTest {
    @Test
    void whatIsWrittenIsReadBack() throws Exception {
        try (InputStream input = BootstrapReaderTest.class.getResourceAsStream("full.yaml")) {
            assertThat(input).isNotNull();
            Bootstrap bootstrap =
                    BootstrapReaderTest.message("full.yaml", new String(input.readAllBytes(), StandardCharsets.UTF_8));
            assertThat(BootstrapReaderTest.message("written.json", write(bootstrap)))
                    .isEqualTo(bootstrap);
        }
    }

    @Test
    void secretsAreRedacted() throws Exception {
        Bootstrap bootstrap = BootstrapReaderTest.message("f", """
                        static_resources:
                          listeners:
                          - filter_chains:
                            - transport_socket:
                                typed_config:
                                  "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
                                  common_tls_context:
                                    tls_certificates:
                                    - certificate_chain: {inline_string: chain}
                                      private_key: {inline_bytes: c2VjcmV0}
                        """);
        assertThat(write(bootstrap))
                .contains("\"certificate_chain\":{\"inline_string\":\"chain\"}")
                .contains("\"private_key\":{\"inline_bytes\":\"[redacted]\"}");
    }

    @Test
    void whatCannotBeReadIsToldAsItsSize() {
        Any unknown = Any.newBuilder()
                .setTypeUrl("type.googleapis.com/x.Y")
                .setValue(ByteString.copyFromUtf8("abc"))
                .build();
        assertThat(write(unknown)).isEqualTo("{\"@type\":\"type.googleapis.com/x.Y\",\"value\":\"[3 bytes]\"}");
        Any broken = Any.newBuilder()
                .setTypeUrl("type.googleapis.com/envoy.config.cluster.v3.Cluster")
                .setValue(ByteString.copyFromUtf8("abc"))
                .build();
        assertThat(write(broken)).contains("[3 bytes that are no such message]");
    }

    private static String write(Message message) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            new MessageWriter(json).write(message.getDescriptorForType().getFullName(), message.toByteString());
        }
        return text.toString();
    }
}

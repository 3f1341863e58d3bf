package io.weft.proxy.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateRequestTest {
    @TempDir
    Path temporary;

    @Test
    void opensslVerifiesTheRequest() throws Exception {
        Path file = temporary.resolve("request.der");
        Files.write(file, CertificateRequest.create().der());

        Process process = new ProcessBuilder(
                        "openssl", "req", "-inform", "DER", "-in", file.toString(), "-verify", "-noout", "-text")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output)
                .contains("verify OK")
                .contains("NIST CURVE: P-256")
                .contains("Attributes:")
                .contains("(none)");
    }
}

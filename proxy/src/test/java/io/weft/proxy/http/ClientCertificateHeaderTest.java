package io.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.engine.config.HttpConnectionManager.ClientCertificate;
import io.weft.engine.config.HttpConnectionManager.ClientCertificateDetail;
import io.weft.engine.config.HttpConnectionManager.Forwarding;
import io.weft.proxy.codec.Headers;
import io.weft.proxy.telemetry.TlsTerms;
import java.util.List;
import java.util.Set;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;

class ClientCertificateHeaderTest {
    private static final Forwarding SET = new Forwarding(
            false,
            0,
            true,
            ClientCertificate.SANITIZE_SET,
            Set.of(ClientCertificateDetail.SUBJECT, ClientCertificateDetail.URI),
            "");

    private static Downstream.Tls tls(String subject, String uri) {
        return new Downstream.Tls(
                TlsTerms.PLAIN,
                "",
                List.of("spiffe://a/own"),
                new Downstream.Peer("", "ab", subject, List.of(uri), List.of(), List.of()));
    }

    private static String value(Downstream.Tls tls) {
        Headers headers = new Headers().add("x-forwarded-client-cert", "URI=spiffe://a/admin");
        ClientCertificateHeader.apply(headers, SET.clientCertificate(), ClientCertificateHeader.of(SET, tls));
        return headers.get("x-forwarded-client-cert") + "";
    }

    @Test
    void subjectKeepsItsQuotesClosed() {
        String subject = new X500Principal("CN=\"x\\\";URI=spiffe://a/admin\"").getName();
        assertThat(value(tls(subject, "spiffe://a/b")))
                .isEqualTo("By=spiffe://a/own;Hash=ab;Subject=\"CN=x\\\"\\;URI\\=spiffe://a/admin\";URI=spiffe://a/b");
    }

    @Test
    void nameOfAForeignAuthorityStatesNoOtherIdentity() {
        assertThat(value(tls("CN=x", "https://x/;URI=spiffe://a/admin,By=y")))
                .endsWith(";URI=https://x/%3BURI=spiffe://a/admin%2CBy=y");
    }
}

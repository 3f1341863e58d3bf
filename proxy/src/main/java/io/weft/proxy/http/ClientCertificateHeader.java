package io.weft.proxy.http;

import io.weft.engine.config.HttpConnectionManager.ClientCertificate;
import io.weft.engine.config.HttpConnectionManager.ClientCertificateDetail;
import io.weft.engine.config.HttpConnectionManager.Forwarding;
import io.weft.proxy.codec.Headers;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** X-Forwarded-Client-Cert: who the peer proved to be. Never believed from a peer that the configuration does not name trusted. */
final class ClientCertificateHeader {
    private static final String NAME = "x-forwarded-client-cert";
    private static final Base64.Encoder PEM = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private ClientCertificateHeader() {}

    /**
     * @param proved as {@link #of} made it
     */
    static void apply(Headers headers, ClientCertificate what, @Nullable String proved) {
        if (what == ClientCertificate.ALWAYS_FORWARD_ONLY) {
            return;
        }
        if (what == ClientCertificate.SANITIZE || proved == null) {
            headers.remove(NAME);
            return;
        }
        switch (what) {
            case SANITIZE, FORWARD_ONLY, ALWAYS_FORWARD_ONLY -> {}
            case SANITIZE_SET -> headers.set(NAME, proved);
            case APPEND_FORWARD -> {
                String present = headers.joined(NAME);
                headers.set(NAME, present == null || present.isEmpty() ? proved : present + "," + proved);
            }
        }
    }

    /** What there is to tell of a peer, made once a connection; null where it showed no certificate. */
    static @Nullable String of(Forwarding forwarding, Downstream.@Nullable Tls tls) {
        Downstream.Peer peer = tls == null ? null : tls.peer();
        return tls == null || peer == null ? null : value(forwarding, tls, peer);
    }

    /** In Envoy's order: By, Hash, Cert, Chain, Subject, URI, DNS. */
    private static String value(Forwarding forwarding, Downstream.Tls tls, Downstream.Peer peer) {
        StringBuilder text = new StringBuilder(256);
        for (String uri : tls.localUris()) {
            part(text, "By=" + uri);
        }
        part(text, "Hash=" + peer.sha256());
        var details = forwarding.clientCertificateDetails();
        if (details.contains(ClientCertificateDetail.CERT) && !peer.chain().isEmpty()) {
            part(text, "Cert=\"" + encoded(peer.chain().subList(0, 1)) + "\"");
        }
        if (details.contains(ClientCertificateDetail.CHAIN) && !peer.chain().isEmpty()) {
            part(text, "Chain=\"" + encoded(peer.chain()) + "\"");
        }
        if (details.contains(ClientCertificateDetail.SUBJECT)) {
            part(text, "Subject=\"" + printable(peer.subject()) + "\"");
        }
        if (details.contains(ClientCertificateDetail.URI)) {
            if (peer.uris().isEmpty()) {
                part(text, "URI=");
            }
            peer.uris().forEach(uri -> part(text, "URI=" + separable(uri)));
        }
        if (details.contains(ClientCertificateDetail.DNS)) {
            peer.dnsNames().forEach(name -> part(text, "DNS=" + separable(name)));
        }
        return text.toString();
    }

    /** A name that a foreign authority signed could hold what separates elements, and so state another's identity. */
    private static String separable(String name) {
        return printable(name).replace("\"", "%22").replace(",", "%2C").replace(";", "%3B");
    }

    /** RFC 2253 escapes quotes and backslashes, but no control characters. */
    private static String printable(String name) {
        StringBuilder text = new StringBuilder(name.length());
        name.chars().forEach(c -> text.append(c < ' ' || c == 127 ? '?' : (char) c));
        return text.toString();
    }

    private static void part(StringBuilder text, String part) {
        text.append(text.isEmpty() ? "" : ";").append(part);
    }

    private static String encoded(List<X509Certificate> chain) {
        StringBuilder pem = new StringBuilder();
        for (X509Certificate certificate : chain) {
            try {
                pem.append("-----BEGIN CERTIFICATE-----\n")
                        .append(PEM.encodeToString(certificate.getEncoded()))
                        .append("\n-----END CERTIFICATE-----\n");
            } catch (CertificateEncodingException e) {
                throw new IllegalStateException("a certificate that was verified has a DER form", e);
            }
        }
        return URLEncoder.encode(pem.toString(), StandardCharsets.UTF_8).replace("+", "%20");
    }
}

package io.weft.proxy.tls;

import io.weft.core.identity.Fingerprint;
import io.weft.core.identity.SpiffeId;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a peer's certificate says, in the words of X-Forwarded-Client-Cert.
 *
 * @param id the SPIFFE identity that the mesh's trust bundle proved; null: it proved none
 * @param sha256 of the DER form, lower-case hex
 * @param uris its URI names
 * @param dnsNames its DNS names
 * @param subject RFC 2253
 */
public record PeerCertificate(
        @Nullable SpiffeId id,
        String sha256,
        List<String> uris,
        List<String> dnsNames,
        String subject,
        X509Certificate certificate) {
    // RFC 5280, section 4.2.1.6: tags of GeneralName
    private static final int DNS_NAME = 2;
    private static final int URI_NAME = 6;

    private static final int MAX_CLAIM_CHARS = 256;
    private static final Pattern NOT_PRINTABLE = Pattern.compile("[^\\x20-\\x7e]");

    public PeerCertificate {
        uris = List.copyOf(uris);
        dnsNames = List.copyOf(dnsNames);
    }

    /** Of a certificate that proves no identity of the mesh, whatever its names look like. */
    public static PeerCertificate of(X509Certificate certificate) {
        return of(certificate, null);
    }

    /** Of a certificate that the mesh's own verifier accepted: under a foreign root anybody may have any name. */
    static PeerCertificate proved(X509Certificate certificate) {
        List<String> uris = names(certificate, URI_NAME);
        return of(certificate, uris.size() == 1 ? spiffeId(uris.getFirst()) : null);
    }

    private static PeerCertificate of(X509Certificate certificate, @Nullable SpiffeId id) {
        List<String> uris = names(certificate, URI_NAME);
        return new PeerCertificate(
                id,
                Fingerprint.sha256(certificate),
                uris,
                names(certificate, DNS_NAME),
                certificate.getSubjectX500Principal().getName(),
                certificate);
    }

    /** Whom it names, for logs: of network bytes, so cut and freed of what is not printable. */
    String claim() {
        String names = !uris.isEmpty()
                ? String.join(" and ", uris)
                : !dnsNames.isEmpty() ? String.join(" and ", dnsNames) : subject;
        String printable = NOT_PRINTABLE.matcher(names).replaceAll("?");
        return printable.length() > MAX_CLAIM_CHARS ? printable.substring(0, MAX_CLAIM_CHARS) + "..." : printable;
    }

    private static @Nullable SpiffeId spiffeId(String uri) {
        try {
            return SpiffeId.parse(uri);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static List<String> names(X509Certificate certificate, int wanted) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null
                    ? List.of()
                    : names.stream()
                            .filter(name -> name.getFirst() instanceof Integer kind && kind == wanted)
                            .map(name -> (String) name.get(1))
                            .toList();
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }
}

package io.weft.core.identity;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;

/** How certificates are named where a short exact name is needed: pins, logs, X-Forwarded-Client-Cert. */
public final class Fingerprint {
    private Fingerprint() {}

    /** SHA-256 of a certificate's DER form, lower-case hex. */
    public static String sha256(X509Certificate certificate) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            return HexFormat.of().formatHex(hash);
        } catch (CertificateEncodingException | NoSuchAlgorithmException e) {
            throw new IllegalStateException("a certificate that was parsed has a DER form, and every JDK SHA-256", e);
        }
    }
}

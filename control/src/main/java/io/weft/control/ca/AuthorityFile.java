package io.weft.control.ca;

import io.weft.core.identity.TrustDomain;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.jspecify.annotations.Nullable;

/** The root and its key as PEM, in one file: there is never one without the other. */
final class AuthorityFile {
    private static final int KEY_CERT_SIGN = 5;

    private AuthorityFile() {}

    /** A root and its key. */
    record Content(X509Certificate certificate, PrivateKey privateKey) {
        @Override
        public String toString() {
            return "AuthorityFile.Content[" + certificate.getSubjectX500Principal() + "]";
        }
    }

    static byte[] encode(Content content) throws CertificateAuthorityException {
        try {
            return pem(content.certificate(), new JcaPKCS8Generator(content.privateKey(), null));
        } catch (IOException e) {
            throw new CertificateAuthorityException("the root's key has no PEM form", e);
        }
    }

    static byte[] encode(X509Certificate certificate) throws CertificateAuthorityException {
        try {
            return pem(certificate);
        } catch (IOException e) {
            throw new CertificateAuthorityException("the root has no PEM form", e);
        }
    }

    private static byte[] pem(Object... objects) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            for (Object object : objects) {
                writer.writeObject(object);
            }
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    static Content decode(byte[] pem, Path file, TrustDomain trustDomain) throws CertificateAuthorityException {
        X509Certificate certificate = null;
        PrivateKey privateKey = null;
        try (PEMParser parser =
                new PEMParser(new InputStreamReader(new ByteArrayInputStream(pem), StandardCharsets.US_ASCII))) {
            for (Object object = parser.readObject(); object != null; object = parser.readObject()) {
                if (object instanceof X509CertificateHolder holder) {
                    certificate = new JcaX509CertificateConverter().getCertificate(holder);
                } else if (object instanceof PrivateKeyInfo info) {
                    privateKey = new JcaPEMKeyConverter().getPrivateKey(info);
                }
            }
        } catch (PEMException | CertificateException | IllegalArgumentException e) {
            throw damaged(file, "it is not PEM with a certificate and a key", e);
        } catch (IOException e) {
            throw damaged(file, "it is not PEM", e);
        }
        if (certificate == null || privateKey == null) {
            throw damaged(file, "it lacks the " + (certificate == null ? "root certificate" : "private key"), null);
        }
        Content content = new Content(certificate, privateKey);
        check(content, file, trustDomain);
        return content;
    }

    private static void check(Content content, Path file, TrustDomain trustDomain)
            throws CertificateAuthorityException {
        X509Certificate certificate = content.certificate();
        boolean[] usage = certificate.getKeyUsage();
        if (certificate.getBasicConstraints() < 0 || usage == null || !usage[KEY_CERT_SIGN]) {
            throw damaged(file, "its certificate is not a CA's", null);
        }
        if (!belongTogether(content)) {
            throw damaged(file, "its key is not the certificate's", null);
        }
        String expected = "spiffe://" + trustDomain;
        List<String> found = uris(certificate);
        if (!found.equals(List.of(expected))) {
            throw new CertificateAuthorityException("the root in " + file + " is of the trust domain " + found
                    + ", this control plane is of " + expected
                    + ": use the state directory that belongs to it, or change the trust domain back");
        }
    }

    private static boolean belongTogether(Content content) {
        try {
            byte[] probe = {1};
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(content.privateKey());
            signature.update(probe);
            byte[] signed = signature.sign();
            signature.initVerify(content.certificate().getPublicKey());
            signature.update(probe);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static List<String> uris(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null
                    ? List.of()
                    : names.stream().map(name -> String.valueOf(name.get(1))).toList();
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }

    private static CertificateAuthorityException damaged(Path file, String what, @Nullable Throwable cause) {
        String message = "the authority's file " + file + " is damaged: " + what
                + ". Put back a whole one, or restore a backup with 'weft restore'; without one, take another --state-dir: a new"
                + " root is made there, and every proxy needs a new join token";
        return cause == null
                ? new CertificateAuthorityException(message)
                : new CertificateAuthorityException(message, cause);
    }
}

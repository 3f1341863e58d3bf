package io.weft.control.ca;

import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.TrustDomain;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** The two forms of certificates that the authority makes: its root, and SVIDs (X509-SVID, section 4). */
final class CertificateMaker {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String SIGNATURE = "SHA256withECDSA";
    private static final int SERIAL_BITS = 128;

    private CertificateMaker() {}

    static X509Certificate root(TrustDomain trustDomain, KeyPair key, Instant notBefore, Instant notAfter)
            throws CertificateAuthorityException {
        X500Name name = new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.O, "Weft")
                // Two roots of one trust domain must differ by name: paths are built by it.
                .addRDN(BCStyle.CN, "Weft root " + serial().toString(16).substring(0, 8))
                .build();
        try {
            JcaX509ExtensionUtils keyIds = new JcaX509ExtensionUtils();
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    name, serial(), Date.from(notBefore), Date.from(notAfter), name, key.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(Extension.subjectAlternativeName, false, uri("spiffe://" + trustDomain));
            builder.addExtension(
                    Extension.subjectKeyIdentifier, false, keyIds.createSubjectKeyIdentifier(key.getPublic()));
            return signed(builder, key.getPrivate());
        } catch (CertIOException | GeneralSecurityException e) {
            throw new CertificateAuthorityException("the root cannot be made", e);
        }
    }

    static X509Certificate svid(
            X509Certificate root,
            PrivateKey rootKey,
            SpiffeId id,
            PublicKey publicKey,
            Instant notBefore,
            Instant notAfter)
            throws CertificateAuthorityException {
        try {
            JcaX509ExtensionUtils keyIds = new JcaX509ExtensionUtils();
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    X500Name.getInstance(root.getSubjectX500Principal().getEncoded()),
                    serial(),
                    Date.from(notBefore),
                    Date.from(notAfter),
                    // The identity is the URI name alone; without a subject that name is critical (RFC 5280, 4.2.1.6).
                    new X500NameBuilder(BCStyle.INSTANCE).build(),
                    publicKey);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(new KeyPurposeId[] {
                KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
            }));
            builder.addExtension(Extension.subjectAlternativeName, true, uri(id.toString()));
            builder.addExtension(Extension.subjectKeyIdentifier, false, keyIds.createSubjectKeyIdentifier(publicKey));
            builder.addExtension(
                    Extension.authorityKeyIdentifier, false, keyIds.createAuthorityKeyIdentifier(root.getPublicKey()));
            return signed(builder, rootKey);
        } catch (CertIOException | GeneralSecurityException e) {
            throw new CertificateAuthorityException("the certificate of " + id + " cannot be made", e);
        }
    }

    private static X509Certificate signed(JcaX509v3CertificateBuilder builder, PrivateKey key)
            throws CertificateAuthorityException {
        try {
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(key)));
        } catch (OperatorCreationException | GeneralSecurityException e) {
            throw new CertificateAuthorityException("the authority's key cannot sign", e);
        }
    }

    private static GeneralNames uri(String uri) {
        return new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri));
    }

    /** Random, positive, and always of full length (CA/Browser Forum asks for 64 bits of randomness). */
    private static BigInteger serial() {
        return new BigInteger(SERIAL_BITS - 1, RANDOM).setBit(SERIAL_BITS - 1);
    }
}

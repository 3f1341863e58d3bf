package io.weft.control.ca;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/**
 * The key of a certificate request (PKCS #10, RFC 2986) whose sender proved to have its private half. Names and extensions of
 * the request are not looked at: the identity comes from the attestation.
 */
record SigningRequest(PublicKey publicKey) {
    static final int MAX_BYTES = 16 * 1024;
    private static final int MIN_RSA_BITS = 2048;
    private static final int MAX_RSA_BITS = 8192;
    private static final Set<Integer> EC_BITS = Set.of(256, 384);
    private static final String KEYS = "expected EC P-256, EC P-384, Ed25519 or RSA of 2048 to 8192 bits";

    // No SHA-1, no MD5: a proof made with them proves nothing.
    private static final Set<ASN1ObjectIdentifier> SIGNATURES = Set.of(
            X9ObjectIdentifiers.ecdsa_with_SHA256,
            X9ObjectIdentifiers.ecdsa_with_SHA384,
            X9ObjectIdentifiers.ecdsa_with_SHA512,
            PKCSObjectIdentifiers.sha256WithRSAEncryption,
            PKCSObjectIdentifiers.sha384WithRSAEncryption,
            PKCSObjectIdentifiers.sha512WithRSAEncryption,
            PKCSObjectIdentifiers.id_RSASSA_PSS,
            EdECObjectIdentifiers.id_Ed25519);

    /** Reads a request, and verifies its own signature. */
    static SigningRequest parse(byte[] der) throws CertificateAuthorityException {
        if (der.length == 0 || der.length > MAX_BYTES) {
            throw new CertificateAuthorityException(
                    "certificate request of " + der.length + " bytes: expected 1 to " + MAX_BYTES);
        }
        try {
            JcaPKCS10CertificationRequest request = new JcaPKCS10CertificationRequest(der);
            if (!SIGNATURES.contains(request.getSignatureAlgorithm().getAlgorithm())) {
                throw new CertificateAuthorityException("certificate request signed with "
                        + request.getSignatureAlgorithm().getAlgorithm()
                        + ": expected ECDSA, RSA or Ed25519 with SHA-2");
            }
            PublicKey key = request.getPublicKey();
            checkKey(key);
            if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw new CertificateAuthorityException(
                        "the certificate request is not signed by its own key: its sender does not have the private key");
            }
            return new SigningRequest(key);
        } catch (IOException
                | GeneralSecurityException
                | OperatorCreationException
                | PKCSException
                // What Bouncy Castle throws at structures that are DER, but not a request.
                | IllegalArgumentException
                | IllegalStateException
                | ClassCastException e) {
            throw new CertificateAuthorityException(
                    "the certificate request cannot be read: expected PKCS #10 in DER form", e);
        }
    }

    private static void checkKey(PublicKey key) throws CertificateAuthorityException {
        switch (key) {
            case ECPublicKey ec -> {
                int bits = ec.getParams().getCurve().getField().getFieldSize();
                if (!EC_BITS.contains(bits)) {
                    throw new CertificateAuthorityException("EC key of " + bits + " bits: " + KEYS);
                }
            }
            case RSAPublicKey rsa -> {
                int bits = rsa.getModulus().bitLength();
                if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
                    throw new CertificateAuthorityException("RSA key of " + bits + " bits: " + KEYS);
                }
            }
            case EdECPublicKey ed -> {
                if (!ed.getParams().getName().equals("Ed25519")) {
                    throw new CertificateAuthorityException(
                            "key of type " + ed.getParams().getName() + ": " + KEYS);
                }
            }
            default -> throw new CertificateAuthorityException("key of type " + key.getAlgorithm() + ": " + KEYS);
        }
    }
}

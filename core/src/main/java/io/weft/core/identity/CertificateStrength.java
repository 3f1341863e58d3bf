package io.weft.core.identity;

import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Locale;

/**
 * What keys and signatures are strong enough: the JDK's path validation takes SHA-1 and RSA of 1024 bits from private authorities. The bounds are those of
 * the CA/Browser Forum's baseline requirements, section 6.1.5 and 7.1.3.2.
 */
final class CertificateStrength {
    private static final int MIN_RSA_BITS = 2048;
    private static final int MIN_EC_BITS = 256;

    private CertificateStrength() {}

    static void check(X509Certificate certificate) throws TlsRejectedException {
        String signature = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
        if (signature.startsWith("SHA1") || signature.startsWith("MD")) {
            throw weak(certificate, "is signed with " + certificate.getSigAlgName() + ", expected SHA-2");
        }
        switch (certificate.getPublicKey()) {
            case RSAPublicKey rsa
            when rsa.getModulus().bitLength() < MIN_RSA_BITS ->
                throw weak(
                        certificate,
                        "has an RSA key of " + rsa.getModulus().bitLength() + " bits, expected at least "
                                + MIN_RSA_BITS);
            case ECPublicKey ec
            when ec.getParams().getCurve().getField().getFieldSize() < MIN_EC_BITS ->
                throw weak(
                        certificate,
                        "has an EC key of "
                                + ec.getParams().getCurve().getField().getFieldSize() + " bits, expected at least "
                                + MIN_EC_BITS);
            case RSAPublicKey _, ECPublicKey _, EdECPublicKey _ -> {}
            default ->
                throw weak(
                        certificate,
                        "has a key of type " + certificate.getPublicKey().getAlgorithm()
                                + ", expected RSA, EC or EdDSA");
        }
    }

    private static TlsRejectedException weak(X509Certificate certificate, String what) {
        return new TlsRejectedException(
                TlsRejection.WEAK_CRYPTOGRAPHY,
                "the certificate number " + certificate.getSerialNumber().toString(16) + " " + what);
    }
}

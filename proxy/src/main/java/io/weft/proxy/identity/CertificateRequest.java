package io.weft.proxy.identity;

import io.weft.proxy.tls.Der;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;

/** A new EC P-256 key and the PKCS #10 request (RFC 2986) that proves to have it. The CA takes no names from it: it has none. */
final class CertificateRequest {
    private static final String ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";

    private final KeyPair key;
    private final byte[] der;

    private CertificateRequest(KeyPair key, byte[] der) {
        this.key = key;
        this.der = der;
    }

    static CertificateRequest create() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair key = generator.generateKeyPair();
            byte[] noName = Der.sequence();
            byte[] noAttributes = Der.context(0);
            // RFC 2986, section 4.1; the public key's X.509 form is already SubjectPublicKeyInfo.
            byte[] info = Der.sequence(Der.integer(0), noName, key.getPublic().getEncoded(), noAttributes);
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(key.getPrivate());
            signature.update(info);
            byte[] der = Der.sequence(info, Der.sequence(Der.oid(ECDSA_WITH_SHA256)), Der.bitString(signature.sign()));
            return new CertificateRequest(key, der);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has P-256 and ECDSA", e);
        }
    }

    KeyPair key() {
        return key;
    }

    byte[] der() {
        return der.clone();
    }
}

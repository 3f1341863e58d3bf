package io.weft.control.ca;

import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** Certificate requests for tests. */
final class Requests {
    private Requests() {}

    static KeyPair ecKey(String curve) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        return generator.generateKeyPair();
    }

    static KeyPair rsaKey(int bits) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits);
        return generator.generateKeyPair();
    }

    static byte[] request() throws Exception {
        return request(ecKey("secp256r1"), "SHA256withECDSA");
    }

    static byte[] request(KeyPair key, String algorithm) throws Exception {
        return request(key.getPublic(), key.getPrivate(), algorithm);
    }

    static byte[] request(PublicKey named, PrivateKey signer, String algorithm) throws Exception {
        return new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=whoever"), named)
                .build(new JcaContentSignerBuilder(algorithm).build(signer))
                .getEncoded();
    }
}

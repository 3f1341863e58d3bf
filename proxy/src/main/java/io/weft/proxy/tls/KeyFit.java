package io.weft.proxy.tls;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;

/**
 * Whether a private key is that of a certificate. Where the key says so itself nothing is computed: a signature and its check on an elliptic curve are half of
 * what a start from files takes, before their code is compiled.
 */
public final class KeyFit {
    private KeyFit() {}

    public static boolean belongTogether(PublicKey shown, PrivateKey key) {
        if (shown instanceof RSAPublicKey rsa && key instanceof RSAPrivateKey own) {
            return rsa.getModulus().equals(own.getModulus());
        }
        return namesPublicKey(key, shown) || signsFor(shown, key);
    }

    /** RFC 5915: the public key, the same bit string as in the certificate, may stand at the end of a private one. OpenSSL, Go and others put it there. */
    private static boolean namesPublicKey(PrivateKey key, PublicKey shown) {
        byte[] own = key.getEncoded();
        if (own == null || !shown.getAlgorithm().equals("EC")) {
            return false;
        }
        byte[] bits = bitString(shown.getEncoded());
        int from = own.length - bits.length;
        return from > 0 && Arrays.equals(own, from, own.length, bits, 0, bits.length);
    }

    /** The end of a SubjectPublicKeyInfo (RFC 5280, section 4.1): a sequence of a short sequence, which is passed over, and a bit string. */
    private static byte[] bitString(byte[] info) {
        int content = (info[1] & 0x80) == 0 ? 2 : 2 + (info[1] & 0x7f);
        return Arrays.copyOfRange(info, content + 2 + info[content + 1], info.length);
    }

    private static boolean signsFor(PublicKey shown, PrivateKey key) {
        String algorithm = switch (shown) {
            case RSAPublicKey _ -> "SHA256withRSA";
            case EdECPublicKey _ -> "EdDSA";
            default -> "SHA256withECDSA";
        };
        try {
            byte[] probe = {1};
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(probe);
            byte[] signed = signature.sign();
            signature.initVerify(shown);
            signature.update(probe);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}

package io.weft.proxy.tls;

import java.util.Arrays;
import java.util.List;

/** Puts OpenSSL's older private key forms into PKCS #8 (RFC 5958), the only one that the JDK reads. */
final class OlderKeys {
    private static final String RSA = "1.2.840.113549.1.1.1";
    private static final String EC_PUBLIC_KEY = "1.2.840.10045.2.1";

    /** P-256, P-384, P-521 (RFC 5480, section 2.1.1.1). */
    private static final List<String> CURVES = List.of("1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35");

    private OlderKeys() {}

    static byte[] rsaToPkcs8(byte[] rsaPrivateKey) {
        return Der.sequence(
                Der.integer(0), Der.sequence(Der.oid(RSA), Der.nullValue()), Der.octetString(rsaPrivateKey));
    }

    static byte[] ecToPkcs8(byte[] ecPrivateKey, String origin) {
        for (String curve : CURVES) {
            // RFC 5915: the curve stands in the key as [0] { OBJECT IDENTIFIER }.
            if (contains(ecPrivateKey, Der.context(0, Der.oid(curve)))) {
                return Der.sequence(
                        Der.integer(0),
                        Der.sequence(Der.oid(EC_PUBLIC_KEY), Der.oid(curve)),
                        Der.octetString(ecPrivateKey));
            }
        }
        throw new TlsConfigurationException(origin + ": the EC key is on none of the curves P-256, P-384 and P-521");
    }

    private static boolean contains(byte[] bytes, byte[] wanted) {
        for (int at = 0; at + wanted.length <= bytes.length; at++) {
            if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
                return true;
            }
        }
        return false;
    }
}

package io.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyFitTest {
    private static final String EC_PUBLIC_KEY = "1.2.840.10045.2.1";

    @ParameterizedTest
    @CsvSource({"secp256r1, 1.2.840.10045.3.1.7, 32", "secp384r1, 1.3.132.0.34, 48", "secp521r1, 1.3.132.0.35, 66"})
    void aKeyThatNamesItsPublicKeyFitsThatOneAlone(String curve, String oid, int bytes) throws Exception {
        KeyPair own = pair("EC", curve);
        KeyPair other = pair("EC", curve);
        PrivateKey named = naming(own, oid, bytes);
        assertThat(named.getEncoded()).hasSizeGreaterThan(own.getPrivate().getEncoded().length);
        assertThat(KeyFit.belongTogether(own.getPublic(), named)).isTrue();
        assertThat(KeyFit.belongTogether(other.getPublic(), named)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"EC, secp256r1", "RSA, ''", "Ed25519, ''"})
    void aKeyWithoutItsPublicKeyIsTried(String algorithm, String curve) throws Exception {
        KeyPair own = pair(algorithm, curve);
        assertThat(KeyFit.belongTogether(own.getPublic(), own.getPrivate())).isTrue();
        assertThat(KeyFit.belongTogether(pair(algorithm, curve).getPublic(), own.getPrivate()))
                .isFalse();
    }

    @Test
    void keysOfDifferentKindsDoNotFit() throws Exception {
        assertThat(KeyFit.belongTogether(
                        pair("EC", "secp256r1").getPublic(), pair("RSA", "").getPrivate()))
                .isFalse();
    }

    private static PrivateKey naming(KeyPair pair, String curve, int bytes) throws Exception {
        byte[] secret = ((ECPrivateKey) pair.getPrivate()).getS().toByteArray();
        byte[] padded = new byte[bytes];
        int from = Math.max(0, secret.length - bytes);
        System.arraycopy(secret, from, padded, bytes - (secret.length - from), secret.length - from);
        byte[] info = pair.getPublic().getEncoded();
        byte[] point = Arrays.copyOfRange(info, info.length - 2 * bytes - 1, info.length);
        byte[] key = Der.sequence(Der.integer(1), Der.octetString(padded), Der.context(1, Der.bitString(point)));
        byte[] pkcs8 = Der.sequence(
                Der.integer(0), Der.sequence(Der.oid(EC_PUBLIC_KEY), Der.oid(curve)), Der.octetString(key));
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    }

    private static KeyPair pair(String algorithm, String curve) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        if (!curve.isEmpty()) {
            generator.initialize(new ECGenParameterSpec(curve));
        } else if (algorithm.equals("RSA")) {
            generator.initialize(2048);
        }
        return generator.generateKeyPair();
    }
}

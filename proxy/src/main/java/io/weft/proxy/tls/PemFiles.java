package io.weft.proxy.tls;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads certificates and keys from PEM text (RFC 7468). Messages never contain the text. */
public final class PemFiles {
    private static final int MAX_BYTES = 4 * 1024 * 1024;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*+)-----END \\1-----");
    private static final List<String> KEY_ALGORITHMS = List.of("EC", "RSA", "Ed25519");

    private PemFiles() {}

    private record Block(String label, String base64, String origin) {
        byte[] der() {
            try {
                return Base64.getMimeDecoder().decode(base64);
            } catch (IllegalArgumentException e) {
                throw new TlsConfigurationException(origin + ": the block " + label + " is not base64", e);
            }
        }

        @Override
        public String toString() {
            return label;
        }
    }

    /**
     * All certificates of a text, in their order.
     *
     * @param origin for errors: a file's name or a field's path
     * @throws TlsConfigurationException where there is none, or one cannot be read
     */
    public static List<X509Certificate> certificates(byte[] pem, String origin) {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Block block : blocks(pem, origin)) {
            if (block.label().equals("CERTIFICATE") || block.label().equals("X509 CERTIFICATE")) {
                certificates.add(certificate(block.der(), origin, certificates.size() + 1));
            }
        }
        if (certificates.isEmpty()) {
            throw new TlsConfigurationException(
                    origin + " holds no certificate: expected PEM that begins with -----BEGIN CERTIFICATE-----");
        }
        return List.copyOf(certificates);
    }

    /**
     * The first private key of a text: PKCS #8, or the older forms of OpenSSL for EC (RFC 5915) and RSA (RFC 8017).
     *
     * @param origin for errors: a file's name or a field's path
     * @throws TlsConfigurationException where there is none, it is encrypted, or it cannot be read
     */
    public static PrivateKey privateKey(byte[] pem, String origin) {
        for (Block block : blocks(pem, origin)) {
            switch (block.label()) {
                case "PRIVATE KEY" -> {
                    return pkcs8(block.der(), origin);
                }
                case "EC PRIVATE KEY" -> {
                    return pkcs8(OlderKeys.ecToPkcs8(block.der(), origin), origin);
                }
                case "RSA PRIVATE KEY" -> {
                    return pkcs8(OlderKeys.rsaToPkcs8(block.der()), origin);
                }
                case "ENCRYPTED PRIVATE KEY" ->
                    throw new TlsConfigurationException(
                            origin + " holds an encrypted key, which is not supported; decrypt it with: openssl pkey");
                default -> {}
            }
        }
        throw new TlsConfigurationException(
                origin + " holds no private key: expected PEM that begins with -----BEGIN PRIVATE KEY-----");
    }

    /** PEM text of a certificate. */
    public static String encode(X509Certificate certificate) {
        try {
            return encode("CERTIFICATE", certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that was parsed has a DER form", e);
        }
    }

    /** PEM text of a key, as PKCS #8: a secret. */
    public static String encode(PrivateKey key) {
        return encode("PRIVATE KEY", key.getEncoded());
    }

    private static String encode(String label, byte[] der) {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
    }

    private static List<Block> blocks(byte[] pem, String origin) {
        if (pem.length > MAX_BYTES) {
            throw new TlsConfigurationException(
                    origin + " has " + pem.length + " bytes, expected at most " + MAX_BYTES);
        }
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(new String(pem, StandardCharsets.ISO_8859_1));
        while (matcher.find()) {
            blocks.add(new Block(matcher.group(1), matcher.group(2), origin));
        }
        return blocks;
    }

    private static X509Certificate certificate(byte[] der, String origin, int number) {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException e) {
            throw new TlsConfigurationException(
                    origin + ": certificate " + number + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static PrivateKey pkcs8(byte[] der, String origin) {
        List<String> reasons = new ArrayList<>();
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
            } catch (GeneralSecurityException e) {
                reasons.add(algorithm + ": " + e.getMessage());
            }
        }
        throw new TlsConfigurationException(origin + ": the private key cannot be read, tried " + reasons);
    }
}

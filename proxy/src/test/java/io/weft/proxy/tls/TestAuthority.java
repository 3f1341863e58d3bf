package io.weft.proxy.tls;

import io.weft.core.identity.SpiffeId;
import io.weft.core.identity.TrustBundle;
import io.weft.core.identity.TrustDomain;
import io.weft.core.identity.WorkloadIdentity;
import io.weft.core.identity.X509Svid;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** A certificate authority for tests, which also makes the certificates that a real one never would. */
public final class TestAuthority {
    public static final int DIGITAL_SIGNATURE = 0x80;
    public static final int KEY_CERT_SIGN = 0x04;
    private static final String ECDSA_SHA256 = "1.2.840.10045.4.3.2";
    private static final DateTimeFormatter GENERALIZED_TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private final TrustDomain trustDomain;
    private final KeyPair key = newKey();
    private final X509Certificate root;

    public TestAuthority(String trustDomain) {
        this.trustDomain = new TrustDomain(trustDomain);
        this.root = sign(
                new Leaf("spiffe://" + trustDomain).ca().usage(KEY_CERT_SIGN).life(-3600, 36000), key, "Test root");
    }

    /** What a certificate is to say; times in seconds from now. */
    public static final class Leaf {
        private final List<byte[]> names = new ArrayList<>();
        private boolean ca;
        private int usage = DIGITAL_SIGNATURE;
        private long begins = -60;
        private long ends = 3600;
        private List<String> purposes = List.of("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");

        public Leaf(String... uris) {
            for (String uri : uris) {
                names.add(Der.contextString(6, uri.getBytes(StandardCharsets.US_ASCII)));
            }
        }

        public Leaf dns(String name) {
            names.add(Der.contextString(2, name.getBytes(StandardCharsets.US_ASCII)));
            return this;
        }

        public Leaf ca() {
            ca = true;
            purposes = List.of();
            return this;
        }

        public Leaf usage(int bits) {
            usage = bits;
            return this;
        }

        public Leaf purposes(String... oids) {
            purposes = List.of(oids);
            return this;
        }

        public Leaf life(long beginsInSeconds, long endsInSeconds) {
            begins = beginsInSeconds;
            ends = endsInSeconds;
            return this;
        }
    }

    public X509Certificate root() {
        return root;
    }

    public TrustBundle bundle() {
        return new TrustBundle(trustDomain, List.of(root));
    }

    public SpiffeId id(String namespace, String serviceAccount) {
        return SpiffeId.ofServiceAccount(trustDomain, namespace, serviceAccount);
    }

    /** An SVID with this authority's bundle. */
    public WorkloadIdentity identity(String namespace, String serviceAccount) {
        return identity(new Leaf(id(namespace, serviceAccount).toString()));
    }

    public WorkloadIdentity identity(Leaf leaf) {
        KeyPair leafKey = newKey();
        X509Certificate certificate = issue(leaf, leafKey);
        return new WorkloadIdentity(
                new X509Svid(X509Svid.idOf(certificate), List.of(certificate), leafKey.getPrivate()), bundle());
    }

    public X509Certificate issue(Leaf leaf, KeyPair leafKey) {
        return sign(leaf, leafKey, "Test leaf");
    }

    /** A leaf that goes on to sign, as none may. */
    public record Issued(X509Certificate certificate, KeyPair key) {
        public X509Certificate issue(Leaf leaf, KeyPair leafKey) {
            return sign(leaf, leafKey, "Forged leaf", "Test leaf", key);
        }
    }

    public Issued issued(Leaf leaf) {
        KeyPair leafKey = newKey();
        return new Issued(issue(leaf, leafKey), leafKey);
    }

    public static KeyPair newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private X509Certificate sign(Leaf leaf, KeyPair subjectKey, String subject) {
        return sign(leaf, subjectKey, subject, "Test root", key);
    }

    private static X509Certificate sign(
            Leaf leaf, KeyPair subjectKey, String subject, String issuer, KeyPair issuerKey) {
        byte[] algorithm = Der.sequence(Der.oid(ECDSA_SHA256));
        byte[] toBeSigned = Der.sequence(
                Der.context(0, Der.integer(2)),
                Der.integer(new BigInteger(62, new SecureRandom()).longValueExact()),
                algorithm,
                name(issuer),
                Der.sequence(time(leaf.begins), time(leaf.ends)),
                name(subject),
                subjectKey.getPublic().getEncoded(),
                Der.context(3, Der.sequence(extensions(leaf))));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(issuerKey.getPrivate());
            signature.update(toBeSigned);
            byte[] der = Der.sequence(toBeSigned, algorithm, Der.bitString(signature.sign()));
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[][] extensions(Leaf leaf) {
        List<byte[]> extensions = new ArrayList<>();
        byte[] yes = {1, 1, (byte) 0xff};
        extensions.add(extension("2.5.29.19", leaf.ca ? Der.sequence(yes) : Der.sequence()));
        if (leaf.usage != 0) {
            // KeyUsage is a bit string with its unused bits counted; 2 covers every bit that tests set.
            extensions.add(extension("2.5.29.15", new byte[] {3, 2, 2, (byte) leaf.usage}));
        }
        if (!leaf.purposes.isEmpty()) {
            byte[][] oids = leaf.purposes.stream().map(Der::oid).toArray(byte[][]::new);
            extensions.add(extension("2.5.29.37", Der.sequence(oids)));
        }
        if (!leaf.names.isEmpty()) {
            extensions.add(extension("2.5.29.17", Der.sequence(leaf.names.toArray(byte[][]::new))));
        }
        return extensions.toArray(byte[][]::new);
    }

    private static byte[] extension(String oid, byte[] value) {
        byte[] yes = {1, 1, (byte) 0xff};
        return Der.sequence(Der.oid(oid), yes, Der.octetString(value));
    }

    private static byte[] name(String commonName) {
        byte[] text = commonName.getBytes(StandardCharsets.UTF_8);
        byte[] utf8 = new byte[text.length + 2];
        utf8[0] = 0x0c;
        utf8[1] = (byte) text.length;
        System.arraycopy(text, 0, utf8, 2, text.length);
        return Der.sequence(Der.set(Der.sequence(Der.oid("2.5.4.3"), utf8)));
    }

    private static byte[] time(long secondsFromNow) {
        String text = GENERALIZED_TIME.format(Instant.now().plus(secondsFromNow, ChronoUnit.SECONDS));
        byte[] content = text.getBytes(StandardCharsets.US_ASCII);
        byte[] time = new byte[content.length + 2];
        time[0] = 0x18;
        time[1] = (byte) content.length;
        System.arraycopy(content, 0, time, 2, content.length);
        return time;
    }
}

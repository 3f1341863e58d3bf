package io.weft.tests.faults.certificate;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** Signs whatever it is asked to, with the mesh's own root or with one of its own. */
final class Forger {
    static final String DOMAIN = "cluster.local";

    private final Credential authority;

    /**
     * What somebody shows.
     *
     * @param chain leaf first
     */
    record Credential(List<X509Certificate> chain, PrivateKey key) {
        X509Certificate leaf() {
            return chain.getFirst();
        }

        /** Key and chain in one file, as openssl and Envoy read it. */
        Path writeTo(Path file) throws IOException {
            StringWriter text = new StringWriter();
            try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
                pem.writeObject(new JcaPKCS8Generator(key, null));
                for (X509Certificate certificate : chain) {
                    pem.writeObject(certificate);
                }
            }
            return Files.writeString(file, text.toString());
        }
    }

    private Forger(Credential authority) {
        this.authority = authority;
    }

    /** With the root of a control plane, which its state directory holds. */
    static Forger ofMesh(Path serverState) throws IOException, GeneralSecurityException {
        X509Certificate certificate = null;
        PrivateKey key = null;
        try (Reader file = Files.newBufferedReader(serverState.resolve("ca/authority.pem"));
                PEMParser parser = new PEMParser(file)) {
            for (Object object = parser.readObject(); object != null; object = parser.readObject()) {
                if (object instanceof X509CertificateHolder holder) {
                    certificate = new JcaX509CertificateConverter().getCertificate(holder);
                } else if (object instanceof PrivateKeyInfo info) {
                    key = new JcaPEMKeyConverter().getPrivateKey(info);
                }
            }
        }
        return new Forger(new Credential(List.of(Objects.requireNonNull(certificate)), Objects.requireNonNull(key)));
    }

    /** With a root that nobody knows. */
    static Forger stranger() {
        KeyPair key = ecKey();
        return new Forger(
                new Order(null).ca(true).subject("CN=Stranger root").keys(key).selfSigned());
    }

    X509Certificate root() {
        return authority.leaf();
    }

    static String id(String serviceAccount) {
        return "spiffe://" + DOMAIN + "/ns/shop/sa/" + serviceAccount;
    }

    /** A good SVID, until the order says otherwise. */
    Order svid(String serviceAccount) {
        return new Order(authority).uris(id(serviceAccount));
    }

    static KeyPair ecKey() {
        return key("EC", 256);
    }

    static KeyPair rsaKey(int bits) {
        return key("RSA", bits);
    }

    private static KeyPair key(String algorithm, int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            if (algorithm.equals("EC")) {
                generator.initialize(new ECGenParameterSpec("secp256r1"));
            } else {
                generator.initialize(bits);
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A certificate to be made. */
    static final class Order {
        private final @Nullable Credential issuer;
        private List<String> uris = List.of();
        private List<KeyPurposeId> purposes = List.of(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth);
        private int usage = KeyUsage.digitalSignature;
        private boolean ca;
        private Duration begins = Duration.ofMinutes(-1);
        private Duration ends = Duration.ofHours(1);
        private String signature = "SHA256withECDSA";
        private String subject = "CN=leaf";
        private KeyPair keys = ecKey();

        /** @param issuer null: it signs itself */
        Order(@Nullable Credential issuer) {
            this.issuer = issuer;
        }

        Order uris(String... names) {
            uris = List.of(names);
            return this;
        }

        /** From now. */
        Order life(Duration fromNow, Duration toThen) {
            begins = fromNow;
            ends = toThen;
            return this;
        }

        Order purposes(KeyPurposeId... ids) {
            purposes = List.of(ids);
            return this;
        }

        Order usage(int bits) {
            usage = bits;
            return this;
        }

        Order ca(boolean value) {
            ca = value;
            usage = KeyUsage.digitalSignature | KeyUsage.keyCertSign;
            return this;
        }

        Order signature(String algorithm) {
            signature = algorithm;
            return this;
        }

        Order subject(String name) {
            subject = name;
            return this;
        }

        Order keys(KeyPair pair) {
            keys = pair;
            return this;
        }

        Credential forged() {
            Credential signer = Objects.requireNonNull(issuer);
            return new Credential(
                    List.of(signed(signer.leaf().getSubjectX500Principal().getName(), signer.key())),
                    keys.getPrivate());
        }

        /** With its issuer behind it. */
        Credential withIssuer() {
            List<X509Certificate> chain = new ArrayList<>(forged().chain());
            chain.addAll(Objects.requireNonNull(issuer).chain());
            return new Credential(chain, keys.getPrivate());
        }

        Credential selfSigned() {
            return new Credential(List.of(signed(subject, keys.getPrivate())), keys.getPrivate());
        }

        private X509Certificate signed(String issuerName, PrivateKey issuerKey) {
            Instant now = Instant.now();
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    new X500Principal(issuerName),
                    new BigInteger(64, new SecureRandom()),
                    Date.from(now.plus(begins)),
                    Date.from(now.plus(ends)),
                    new X500Principal(subject),
                    keys.getPublic());
            try {
                builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
                if (usage != 0) {
                    builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
                }
                if (!purposes.isEmpty()) {
                    builder.addExtension(
                            Extension.extendedKeyUsage,
                            false,
                            new ExtendedKeyUsage(purposes.toArray(KeyPurposeId[]::new)));
                }
                if (!uris.isEmpty()) {
                    GeneralName[] names = uris.stream()
                            .map(uri -> new GeneralName(GeneralName.uniformResourceIdentifier, uri))
                            .toArray(GeneralName[]::new);
                    builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
                }
                return new JcaX509CertificateConverter()
                        .getCertificate(builder.build(new JcaContentSignerBuilder(signature).build(issuerKey)));
            } catch (CertIOException | GeneralSecurityException | OperatorCreationException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}

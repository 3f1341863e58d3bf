package io.weft.tests.faults.certificate;

import io.weft.tests.faults.certificate.Forger.Credential;
import io.weft.tests.faults.certificate.Forger.Order;
import java.time.Duration;
import java.util.Locale;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;

/** What may be wrong with a certificate, and by which reason it must be refused. */
enum Flaw {
    EXPIRED("expired"),
    NOT_YET_VALID("not_yet_valid"),
    OTHER_TRUST_DOMAIN("wrong_trust_domain"),
    SELF_SIGNED("self_signed"),
    STRANGERS("untrusted"),
    STRANGERS_WITH_ROOT("self_signed"),
    SIGNED_BY_A_WORKLOAD("untrusted"),
    WITHOUT_ITS_INTERMEDIATE("untrusted"),
    IS_A_CA("wrong_key_usage"),
    NO_DIGITAL_SIGNATURE("wrong_key_usage"),
    OTHER_PURPOSE("wrong_key_usage"),
    NO_NAME("not_an_svid"),
    TWO_NAMES("not_an_svid"),
    NO_SPIFFE_ID("not_an_svid"),
    SHA1("weak_cryptography"),
    SHORT_KEY("weak_cryptography");

    private final String reason;

    Flaw(String reason) {
        this.reason = reason;
    }

    String reason() {
        return reason;
    }

    /** Shown by the service account of this name. */
    Credential of(Forger forger, String name) {
        Order svid = forger.svid(name);
        return switch (this) {
            case EXPIRED ->
                svid.life(Duration.ofHours(-1), Duration.ofSeconds(-75)).forged();
            case NOT_YET_VALID ->
                svid.life(Duration.ofMinutes(2), Duration.ofHours(1)).forged();
            case OTHER_TRUST_DOMAIN ->
                svid.uris("spiffe://elsewhere.org/ns/shop/sa/" + name).forged();
            case SELF_SIGNED -> svid.selfSigned();
            case STRANGERS -> Forger.stranger().svid(name).forged();
            case STRANGERS_WITH_ROOT -> Forger.stranger().svid(name).withIssuer();
            case SIGNED_BY_A_WORKLOAD -> {
                Credential workload =
                        forger.svid("mallory").subject("CN=mallory").forged();
                yield new Order(workload).uris(Forger.id(name)).withIssuer();
            }
            case WITHOUT_ITS_INTERMEDIATE -> {
                Credential intermediate = forger.svid("ca")
                        .uris()
                        .subject("CN=intermediate")
                        .ca(true)
                        .forged();
                yield new Order(intermediate).uris(Forger.id(name)).forged();
            }
            case IS_A_CA -> svid.ca(true).forged();
            case NO_DIGITAL_SIGNATURE -> svid.usage(KeyUsage.keyAgreement).forged();
            case OTHER_PURPOSE -> svid.purposes(KeyPurposeId.id_kp_codeSigning).forged();
            case NO_NAME -> svid.uris().forged();
            case TWO_NAMES -> svid.uris(Forger.id(name), Forger.id("other")).forged();
            case NO_SPIFFE_ID ->
                svid.uris("https://cluster.local/ns/shop/sa/" + name).forged();
            case SHA1 -> svid.signature("SHA1withECDSA").forged();
            case SHORT_KEY -> svid.keys(Forger.rsaKey(1024)).forged();
        };
    }

    /** A service's name. */
    String serviceName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

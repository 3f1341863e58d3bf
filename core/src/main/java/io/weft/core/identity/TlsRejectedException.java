package io.weft.core.identity;

import java.security.cert.CertPath;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import org.jspecify.annotations.Nullable;

/** A peer certificate that is not accepted, with the reason. */
public final class TlsRejectedException extends CertificateException {
    private static final long serialVersionUID = 1L;

    private final TlsRejection rejection;
    private final String claim;

    public TlsRejectedException(TlsRejection rejection, String detail) {
        this(rejection, detail, null);
    }

    public TlsRejectedException(TlsRejection rejection, String detail, @Nullable Throwable cause) {
        // TLS engines choose the alert that the peer sees by a path validation reason among the causes.
        super(rejection.sentence() + ": " + detail, pathReason(rejection, cause));
        this.rejection = rejection;
        this.claim = "";
    }

    private TlsRejectedException(TlsRejectedException other, String claim) {
        super(other.getMessage(), other.getCause());
        this.rejection = other.rejection;
        this.claim = claim;
    }

    /** The same, with what the refused certificate says of its holder: unproved, so for logs alone. */
    public TlsRejectedException claimedBy(String names) {
        return new TlsRejectedException(this, names);
    }

    public TlsRejection rejection() {
        return rejection;
    }

    /** Whom the refused certificate names; empty: not known. */
    public String claim() {
        return claim;
    }

    private static @Nullable Throwable pathReason(TlsRejection rejection, @Nullable Throwable cause) {
        if (cause instanceof CertPathValidatorException) {
            return cause;
        }
        return switch (rejection) {
            case EXPIRED -> reason(rejection, cause, BasicReason.EXPIRED);
            case NOT_YET_VALID -> reason(rejection, cause, BasicReason.NOT_YET_VALID);
            case NO_CLIENT_CERTIFICATE,
                    NOT_AN_SVID,
                    WRONG_TRUST_DOMAIN,
                    WRONG_IDENTITY,
                    SELF_SIGNED,
                    UNKNOWN_AUTHORITY,
                    WRONG_KEY_USAGE,
                    WEAK_CRYPTOGRAPHY,
                    REFUSED_BY_PEER,
                    TIMEOUT,
                    CROWDED_OUT,
                    RATE_LIMITED,
                    CONNECTION_CLOSED,
                    UNKNOWN_SERVER_NAME,
                    NOT_TLS,
                    HANDSHAKE_FAILED -> cause;
        };
    }

    private static CertPathValidatorException reason(
            TlsRejection rejection, @Nullable Throwable cause, BasicReason reason) {
        CertPath noPath = null;
        return new CertPathValidatorException(rejection.sentence(), cause, noPath, -1, reason);
    }
}

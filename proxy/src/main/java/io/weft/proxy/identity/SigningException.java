package io.weft.proxy.identity;

/** No SVID was got; the message says why and, where it is known, what to do. */
public final class SigningException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean permanent;

    private SigningException(String message, boolean permanent, Throwable cause) {
        super(message, cause);
        this.permanent = permanent;
    }

    private SigningException(String message, boolean permanent) {
        super(message);
        this.permanent = permanent;
    }

    /** Asking again may help: the control plane is not reachable, or busy. */
    static SigningException passing(String message, Throwable cause) {
        return new SigningException(message, false, cause);
    }

    /** Asking again with the same proof does not help. */
    static SigningException permanent(String message) {
        return new SigningException(message, true);
    }

    static SigningException permanent(String message, Throwable cause) {
        return new SigningException(message, true, cause);
    }

    public boolean isPermanent() {
        return permanent;
    }
}

package io.weft.proxy.registration;

/**
 * What became of the wish to get no more requests.
 *
 * @param unconfirmed who may still send some, or why that is not known; empty: nobody, every proxy has acknowledged
 */
public record Withdrawal(String unconfirmed) {
    public static final Withdrawal CONFIRMED = new Withdrawal("");

    public boolean isConfirmed() {
        return unconfirmed.isEmpty();
    }
}

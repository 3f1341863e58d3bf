package io.weft.core.lifecycle;

/** A part of a process that is started once and stopped once. */
public interface Component {
    /** For logs and errors: lower case, a few words. */
    String name();

    /**
     * Returns when the component serves.
     *
     * @throws Exception with a message that an operator can act on
     */
    void start() throws Exception;

    /** Ends what {@link #start} began; bounded in time; must not throw. Called only after a start that returned. */
    void stop();
}

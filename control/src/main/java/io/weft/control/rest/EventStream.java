package io.weft.control.rest;

import java.io.IOException;

/** A source of server-sent events. */
@FunctionalInterface
interface EventStream {
    /**
     * Writes events until its client leaves or the thread is interrupted. Blocks while the client is slow: it must read from something
     * that does not queue for it.
     */
    void writeTo(Sink sink) throws IOException, InterruptedException;

    /** One client's connection. */
    interface Sink {
        /**
         * @param event what kind of event
         * @param id what a client sends back as {@code Last-Event-ID} to resume after this one
         * @param data written as JSON
         */
        void send(String event, long id, Object data) throws IOException;

        /** Tells the client, and everything between, that the connection lives. */
        void heartbeat() throws IOException;
    }
}

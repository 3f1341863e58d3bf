package io.weft.proxy.codec;

import io.weft.proxy.transport.Budget;
import org.jspecify.annotations.Nullable;

/** What the requests of a downstream connection meet; called on the connection's event loop. */
public interface ServerHandler {
    /**
     * The heap that the clients of the connection's loop may hold together. The codec takes of it for each connection, and for each request until nothing
     * of its stream is left; whoever hears of a request refuses it where more was taken than there is.
     */
    Budget budget();

    /**
     * A request's head is complete and well-formed.
     *
     * @param head its headers last until the stream has ended on both sides ({@link Headers}); copy what is to stay
     * @param end there is neither body nor trailers
     * @return who hears the rest
     */
    RequestListener onRequest(ServerStream stream, RequestHead head, boolean end);

    /**
     * The codec refuses what came in, where no request is under way, and answers or resets it itself.
     *
     * @param status what is answered; 0: nothing
     * @param reason a sentence for the access log
     * @return what the answer says beside its status
     */
    Headers onRefused(ServerConnection connection, int status, String reason);

    /** The connection is closed; all its streams were told before. */
    void onClosed(ServerConnection connection, @Nullable Throwable cause);
}

package io.weft.proxy.http;

import io.weft.proxy.codec.RequestHead;
import io.weft.proxy.codec.RequestListener;
import io.weft.proxy.codec.ServerStream;

/** Takes CONNECT requests whose bytes come back into this proxy. */
public interface TunnelHandler {
    /** Takes none: every CONNECT is routed like other requests. */
    TunnelHandler NONE = new TunnelHandler() {
        @Override
        public boolean accepts(RequestHead head) {
            return false;
        }

        @Override
        public RequestListener tunnel(ServerStream stream, RequestHead head, TunnelRecord tunnel) {
            throw new IllegalStateException("no tunnel was accepted");
        }
    };

    /** Whether {@link #tunnel} takes the request; asked for CONNECT requests only. */
    boolean accepts(RequestHead head);

    /**
     * Takes the request's bytes.
     *
     * @param tunnel answers the request; not needed where the bytes come back into the listener, whose requests have records of their own
     */
    RequestListener tunnel(ServerStream stream, RequestHead head, TunnelRecord tunnel);
}

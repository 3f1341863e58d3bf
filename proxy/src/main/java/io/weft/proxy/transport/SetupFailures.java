package io.weft.proxy.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a pipeline that has no codec yet. What goes wrong in a handshake is told by its future, once and within bounds: without this, Netty would
 * log a stack trace for each.
 */
public final class SetupFailures extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(SetupFailures.class);

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("{} failed before its first message: {}", ctx.channel(), String.valueOf(cause.getMessage()));
    }

    /** A codec comes, which hears of failures itself. */
    public static void leave(ChannelPipeline pipeline) {
        if (pipeline.get(SetupFailures.class) != null) {
            pipeline.remove(SetupFailures.class);
        }
    }
}

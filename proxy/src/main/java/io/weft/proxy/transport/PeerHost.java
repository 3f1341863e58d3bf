package io.weft.proxy.transport;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.channel.uring.IoUringTcpInfo;
import java.io.IOException;

/**
 * Whether the host at the other end of a connection is still there, by what the kernel knows (tcp(7), TCP_INFO): a host that vanished acknowledges
 * nothing. TCP itself gives up after a quarter of an hour. TCP_USER_TIMEOUT would do it in time, but also ends connections whose peer only reads slowly:
 * such a peer acknowledges, with a window of 0.
 */
public final class PeerHost {
    private static final long SILENT_MILLIS = 900;

    private static final long COMMON_ROUND_TRIP_MICROS = 20_000;

    private PeerHost() {}

    /** Whether something was sent, sent again, and not acknowledged; false where this transport cannot tell. */
    public static boolean isSilent(Channel channel) {
        if (!channel.isActive()) {
            return false;
        }
        return switch (channel) {
            case EpollSocketChannel epoll -> {
                EpollTcpInfo info = epoll.tcpInfo();
                yield isSilent(info.retransmits(), info.unacked(), info.lastAckRecv());
            }
            case IoUringSocketChannel uring -> {
                IoUringTcpInfo info = uring.tcpInfo();
                yield isSilent(info.retransmits(), info.unacked(), info.lastAckRecv());
            }
            default -> false;
        };
    }

    private static boolean isSilent(int retransmits, long unacknowledged, long sinceLastAckMillis) {
        return retransmits > 0 && unacknowledged > 0 && sinceLastAckMillis > SILENT_MILLIS;
    }

    /** The round trip to the peer, as TCP measured it; where this transport cannot tell, what is common between cities. */
    public static long roundTripMicros(Channel channel) {
        return switch (channel) {
            case EpollSocketChannel epoll when epoll.isOpen() -> epoll.tcpInfo().rtt();
            case IoUringSocketChannel uring
            when uring.isOpen() -> uring.tcpInfo().rtt();
            default -> COMMON_ROUND_TRIP_MICROS;
        };
    }

    /** Closes a connection without a word to a peer that would not hear it. */
    public static void abandon(Channel channel) {
        channel.pipeline().fireExceptionCaught(new VanishedException());
        // From the first handler on: those behind it would wait for their farewell to be written.
        var first = channel.pipeline().firstContext();
        if (first != null) {
            first.close();
        }
    }

    /** The peer's host acknowledges nothing. */
    public static final class VanishedException extends IOException {
        private static final long serialVersionUID = 1L;

        VanishedException() {
            super("the endpoint's host acknowledges nothing any more");
        }
    }
}

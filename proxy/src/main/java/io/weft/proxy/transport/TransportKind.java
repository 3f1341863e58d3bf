package io.weft.proxy.transport;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The ways to talk to the kernel. */
public enum TransportKind {
    IO_URING,
    EPOLL,
    NIO;

    /**
     * By its name on a command line.
     *
     * @return null for {@code auto}
     * @throws IllegalArgumentException with what was expected
     */
    public static @Nullable TransportKind named(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.equals("auto")) {
            return null;
        }
        for (TransportKind kind : values()) {
            if (kind.optionName().equals(lower)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("--transport \"" + name + "\": expected auto, io_uring, epoll or nio");
    }

    /** As on a command line. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }

    IoHandlerFactory ioHandlers() {
        return switch (this) {
            case IO_URING -> IoUringIoHandler.newFactory();
            case EPOLL -> new EpollHandlers();
            case NIO -> NioIoHandler.newFactory();
        };
    }

    Class<? extends ServerChannel> serverChannel() {
        return switch (this) {
            case IO_URING -> IoUringServerSocketChannel.class;
            case EPOLL -> EpollServerSocketChannel.class;
            case NIO -> NioServerSocketChannel.class;
        };
    }

    Class<? extends SocketChannel> channel() {
        return switch (this) {
            case IO_URING -> IoUringSocketChannel.class;
            case EPOLL -> EpollSocketChannel.class;
            case NIO -> NioSocketChannel.class;
        };
    }
}

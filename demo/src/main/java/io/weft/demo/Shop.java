package io.weft.demo;

import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;

/**
 * The main class of every process of the shop: {@code Shop SERVICE [--port N] [--version v1|v2] [--name NAME] [--rate
 * N]}. It runs until it is killed. Exit code 2 is a wrong argument, 1 a port that could not be had.
 */
public final class Shop {
    private Shop() {}

    /** A running service; closing it ends it at once. */
    interface Running extends AutoCloseable {
        /** Where it listens on loopback, if it does. */
        OptionalInt port();

        @Override
        void close();
    }

    public static void main(String[] arguments) throws InterruptedException {
        ShopOptions options;
        try {
            options = ShopOptions.parse(List.of(arguments), System.getenv());
        } catch (IllegalArgumentException wrong) {
            System.err.println("shop: " + wrong.getMessage());
            System.exit(2);
            return;
        }
        try {
            Running running = start(options);
            running.port()
                    .ifPresent(port -> System.out.println(options.name() + " listens on http://127.0.0.1:" + port));
        } catch (IOException refused) {
            System.err.println(
                    "shop: " + options.name() + " cannot listen on 127.0.0.1:" + options.port() + ": " + refused);
            System.exit(1);
        }
        new CountDownLatch(1).await();
    }

    /** Starts one service in this process. */
    static Running start(ShopOptions options) throws IOException {
        // Without it the JDK's server waits for the client's delayed acknowledgement, 40 ms, between head and body.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        // grpc-java would start two event loops a core.
        System.setProperty("io.netty.eventLoopThreads", "1");
        return switch (options.service()) {
            case "frontend" -> HttpService.start(options, new Frontend(new Downstream()));
            case "catalog" -> HttpService.start(options, new Catalog(options, new Downstream()));
            case "reviews" -> HttpService.start(options, new Reviews(options));
            case "cart" -> HttpService.start(options, new Cart());
            case "checkout" -> HttpService.start(options, new Checkout(new Downstream(), new PaymentClient()));
            case "payment" -> PaymentService.start(options);
            case "load" -> Load.start(options, new Downstream());
            default -> throw new IllegalArgumentException("no service '" + options.service() + "'");
        };
    }
}

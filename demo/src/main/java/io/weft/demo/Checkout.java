package io.weft.demo;

import io.weft.demo.HttpService.Call;
import io.weft.demo.HttpService.Reply;
import java.util.regex.Pattern;

/** Turns a cart into an order: asks {@code cart} over HTTP what is in it and {@code payment} over gRPC to charge it. */
final class Checkout implements HttpService.Handler {
    private static final Pattern ITEM = Pattern.compile("\"([a-z0-9-]+)\"(?=[,\\]])");

    private final Downstream downstream;
    private final PaymentClient payment;

    Checkout(Downstream downstream, PaymentClient payment) {
        this.downstream = downstream;
        this.payment = payment;
    }

    @Override
    public Reply handle(Call call) throws DownstreamException {
        if (!call.path().equals("/orders")) {
            return Reply.notFound(call);
        }
        if (!call.method().equals("POST")) {
            return new Reply(405, "an order is a POST");
        }
        String cart =
                downstream.get("http://cart.shop:8080/carts/" + call.query().user(), call.trace());
        long cents = ITEM.matcher(cart.substring(cart.indexOf('[')))
                .results()
                .mapToLong(item -> Catalog.PRICES.getOrDefault(item.group(1), 0))
                .sum();
        String receipt = payment.charge(cents, call.trace());
        return Reply.json("{\"cents\":" + cents + ",\"receipt\":\"" + receipt + "\"}");
    }
}

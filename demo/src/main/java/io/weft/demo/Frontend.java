package io.weft.demo;

import io.weft.demo.HttpService.Call;
import io.weft.demo.HttpService.Reply;

/** What a customer's browser talks to; it has no data of its own. */
final class Frontend implements HttpService.Handler {
    private final Downstream downstream;

    Frontend(Downstream downstream) {
        this.downstream = downstream;
    }

    @Override
    public Reply handle(Call call) throws DownstreamException {
        String user = call.query().user();
        return switch (call.path()) {
            case "/" -> page(call, "products", "GET", "http://catalog.shop:8080/products");
            case "/cart" -> page(call, "cart", "GET", "http://cart.shop:8080/carts/" + user);
            case "/checkout" ->
                call.method().equals("POST")
                        ? page(call, "order", "POST", "http://checkout.shop:8080/orders?user=" + user)
                        : new Reply(405, "a checkout is a POST");
            default -> product(call);
        };
    }

    private Reply product(Call call) throws DownstreamException {
        String id = call.after("/product/");
        return Query.isName(id)
                ? page(call, "product", "GET", "http://catalog.shop:8080/products/" + id)
                : Reply.notFound(call);
    }

    private Reply page(Call call, String name, String method, String url) throws DownstreamException {
        return Reply.json("{\"" + name + "\":" + downstream.call(method, url, call.trace()) + "}");
    }
}

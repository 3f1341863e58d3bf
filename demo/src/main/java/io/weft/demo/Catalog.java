package io.weft.demo;

import io.weft.demo.HttpService.Call;
import io.weft.demo.HttpService.Reply;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The products and their prices; a product's page also carries its reviews. */
final class Catalog implements HttpService.Handler {
    /** Prices in cents by product. */
    static final Map<String, Integer> PRICES = Map.of(
            "loom", 48900,
            "shuttle", 2400,
            "heddle", 1850,
            "bobbin", 350,
            "linen-yarn", 1290,
            "wool-yarn", 990,
            "silk-yarn", 3490,
            "dye-indigo", 790);

    private final ShopOptions options;
    private final Downstream downstream;

    Catalog(ShopOptions options, Downstream downstream) {
        this.options = options;
        this.downstream = downstream;
    }

    @Override
    public Reply handle(Call call) throws DownstreamException {
        if (call.path().equals("/products")) {
            return Reply.json(new TreeMap<>(PRICES)
                    .entrySet().stream()
                            .map(product -> json(product.getKey(), product.getValue()) + "}")
                            .collect(Collectors.joining(",", "[", "]")));
        }
        String id = call.after("/products/");
        Integer cents = PRICES.get(id);
        if (cents == null) {
            return Reply.notFound(call);
        }
        String reviews = downstream.get("http://reviews.shop:8080/reviews/" + id, call.trace());
        return Reply.json(json(id, cents) + ",\"servedBy\":\"" + options.name() + "\",\"reviews\":" + reviews + "}");
    }

    private static String json(String id, int cents) {
        return "{\"id\":\"" + id + "\",\"cents\":" + cents;
    }
}

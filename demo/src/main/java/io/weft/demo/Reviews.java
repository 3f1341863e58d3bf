package io.weft.demo;

import io.weft.demo.HttpService.Call;
import io.weft.demo.HttpService.Reply;
import java.util.List;

/** What customers say of a product. Version 2 adds stars: the change that a canary release is shown with. */
final class Reviews implements HttpService.Handler {
    private static final List<String> OPINIONS = List.of("Runs like a thread.", "A bit tangled.", "Would weave again.");

    private final ShopOptions options;

    Reviews(ShopOptions options) {
        this.options = options;
    }

    @Override
    public Reply handle(Call call) {
        String id = call.after("/reviews/");
        if (!Query.isName(id)) {
            return Reply.notFound(call);
        }
        int product = Math.floorMod(id.hashCode(), OPINIONS.size());
        String stars = options.version().equals("v2") ? ",\"stars\":" + (3 + product) : "";
        return Reply.json(
                "{\"version\":\"" + options.version() + "\",\"text\":\"" + OPINIONS.get(product) + "\"" + stars + "}");
    }
}

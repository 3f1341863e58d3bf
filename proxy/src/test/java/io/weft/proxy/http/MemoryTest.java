package io.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.proxy.codec.HttpVersion;
import io.weft.proxy.codec.StreamReset;
import io.weft.proxy.error.ResponseFlag;
import io.weft.proxy.upstream.TestLoop;
import org.junit.jupiter.api.Test;

/** Requests where others hold the memory that there is. */
class MemoryTest {
    private final World world = new World();

    @Test
    void bodyBeforeTheConnectionWaitsWhereOthersHoldAllThereIs() {
        var retained = world.loop.loop().retained();
        retained.take(retained.bound());
        world.connector.hold();
        World.Call call = world.post("/");
        call.data("abc", false);
        assertThat(call.client().reading).isFalse();
        world.connector.acceptNext();
        assertThat(call.client().reading).isTrue();
        assertThat(world.upstream().body).hasToString("abc");
        assertThat(retained.used()).isEqualTo(retained.bound());
    }

    @Test
    void requestThatThereIsNoMemoryForIsRefused() {
        world.loop.loop().requests().take(TestLoop.REQUEST_BYTES + 1);
        World.Call call = world.get("/");
        assertThat(call.client().status()).isEqualTo(503);
        assertThat(call.client().header("x-weft-cause")).isEqualTo("overloaded");
        assertThat(world.onlyRecord().hasFlag(ResponseFlag.OM)).isTrue();
        assertThat(world.connector.connections()).isEmpty();

        World.Call multiplexed = world.call(World.head("GET", "/"), true, HttpVersion.HTTP_2);
        assertThat(multiplexed.client().reset).isEqualTo(StreamReset.Kind.REFUSED);
        assertThat(world.records.getLast().hasFlag(ResponseFlag.OM)).isTrue();
        assertThat(world.loop.loop().requests().refused()).isEqualTo(2);
    }
}

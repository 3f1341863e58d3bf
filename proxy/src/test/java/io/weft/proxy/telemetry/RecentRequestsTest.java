package io.weft.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RecentRequestsTest {
    private final RecentRequests recent = new RecentRequests(1);

    private static RequestRecord record(String id, String path) {
        RequestRecord record = new RequestRecord();
        record.requestId = id;
        record.path = path;
        record.method = "GET";
        record.status = 200;
        record.requestHeaders = name -> name.equals("user-agent") ? "agent" : "secret";
        return record;
    }

    @Test
    void requestIsFoundByItsId() {
        recent.onComplete(0, record("one", "/1"));
        recent.onComplete(0, record("two", "/2"));
        assertThat(recent.json("two")).contains("/2", "agent").doesNotContain("/1", "secret");
    }

    @Test
    void whatAClientMakesLongIsCutShort() {
        recent.onComplete(0, record("one", "/" + "x".repeat(60_000)));
        assertThat(recent.json("one")).hasSizeLessThan(2_000).contains("/xxx");
    }

    @Test
    void oldRequestsAreForgotten() {
        recent.onComplete(0, record("old", "/"));
        for (int i = 0; i < 256; i++) {
            recent.onComplete(0, record("new", "/"));
        }
        assertThatThrownBy(() -> recent.json("old")).isInstanceOf(IllegalArgumentException.class);
    }
}

package io.weft.proxy.codec;

/** Writes heads as header blocks (RFC 9113, section 8.3). */
final class Http2Heads {
    private final HpackEncoder encoder = new HpackEncoder();
    private final HeadMemory memory;

    Http2Heads(HeadMemory memory) {
        this.memory = memory;
    }

    /** What the peer keeps for us (RFC 7541, section 4.2). */
    void maxTableBytes(long bytes) {
        encoder.maxTableBytes(bytes);
    }

    HeadOutput request(RequestHead head) {
        HeadOutput out = begin();
        String upgrade = head.upgrade();
        boolean plainConnect = head.isConnect() && upgrade == null;
        encoder.method(out, upgrade == null ? head.method() : "CONNECT");
        if (!plainConnect) {
            encoder.scheme(out, head.scheme());
        }
        encoder.authority(out, head.authority());
        if (!plainConnect) {
            encoder.path(out, head.path());
        }
        if (upgrade != null) {
            encoder.protocol(out, upgrade);
        }
        if (head.expectsContinue()) {
            encoder.field(out, FieldNames.number("expect"), "expect", "100-continue", false);
        }
        return fields(out, head.headers());
    }

    /** An accepted upgrade is 200 in HTTP/2 (RFC 8441, section 5). */
    HeadOutput response(ResponseHead head) {
        HeadOutput out = begin();
        encoder.status(out, head.status() == 101 ? 200 : head.status());
        return fields(out, head.headers());
    }

    HeadOutput trailers(Headers trailers) {
        return fields(begin(), trailers);
    }

    private HeadOutput begin() {
        HeadOutput out = memory.output();
        out.begin();
        encoder.begin(out);
        return out;
    }

    private HeadOutput fields(HeadOutput out, Headers headers) {
        for (int i = 0; i < headers.size(); i++) {
            headers.encode(i, encoder, out);
        }
        return out;
    }
}

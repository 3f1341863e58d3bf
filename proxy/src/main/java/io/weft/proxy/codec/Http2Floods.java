package io.weft.proxy.codec;

import java.util.concurrent.TimeUnit;

/**
 * What a peer may make us do for nothing. Frames that carry nothing are allowed as frames that do earn them, with a stock beside that fills up each ten
 * seconds: so keep-alives and window updates of real clients pass, and floods of pings, settings, empty data, window updates or priorities
 * (CVE-2019-9511 to -9518) do not. Resets have their own bound, those that a peer sends (CVE-2023-44487) together with those that it makes us send
 * (CVE-2025-8671); streams that come to their end earn them.
 */
final class Http2Floods {
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int FRAMES = 10_000;

    /** A proxy's connection carries the streams of many clients, which may all be reset at once when an endpoint fails. */
    private static final int RESETS = 2_000;

    /** Answers to pings and settings, and resets, of which the peer has read none. */
    private static final int UNREAD_REPLIES = 1_000;

    private static final int UNREAD_HEAD_BYTES = 2 * 1024 * 1024;

    /** Empty DATA may come in a row: some clients end a stream with one. */
    private static final int EMPTY_DATA = 32;

    private int frames = FRAMES;
    private long earnedFrames;
    private int resets = RESETS;
    private long earnedResets;
    private int emptyData;
    private long framesSince = System.nanoTime();
    private long resetsSince = framesSince;

    /** A frame that carries something came or went. */
    void earn(int count) {
        earnedFrames += count;
    }

    /** A stream came to its end on both sides. */
    void earnReset() {
        earnedResets++;
    }

    /** A frame that carries nothing. */
    void spend() throws Http2Exception {
        if (earnedFrames > 0) {
            earnedFrames--;
        } else if (--frames < 0) {
            long now = System.nanoTime();
            if (now - framesSince < PERIOD_NANOS) {
                throw calm("more than " + FRAMES + " frames that carry nothing within 10 s");
            }
            framesSince = now;
            frames = FRAMES;
        }
    }

    /** DATA came. */
    void data(int bytes, boolean end) throws Http2Exception {
        if (bytes > 0 || end) {
            emptyData = 0;
            earn(1);
        } else if (++emptyData > EMPTY_DATA) {
            throw calm("more than " + EMPTY_DATA + " empty DATA frames in a row");
        }
    }

    /** A stream was reset by the peer, or for its fault. */
    void reset() throws Http2Exception {
        if (earnedResets > 0) {
            earnedResets--;
        } else if (--resets < 0) {
            long now = System.nanoTime();
            if (now - resetsSince < PERIOD_NANOS) {
                throw calm("more than " + RESETS + " streams reset within 10 s");
            }
            resetsSince = now;
            resets = RESETS;
        }
    }

    /** What waits for a peer that asks and does not read. */
    void unread(Http2Output output) throws Http2Exception {
        if (output.unreadReplies() > UNREAD_REPLIES || output.unreadHeadBytes() > UNREAD_HEAD_BYTES) {
            throw calm("it reads nothing of the answers that it asks for");
        }
    }

    private static Http2Exception calm(String reason) {
        return new Http2Exception(Http2Error.ENHANCE_YOUR_CALM, reason);
    }
}

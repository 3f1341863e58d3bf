package io.weft.proxy.codec;

/** Types, flags and sizes of frames (RFC 9113, sections 4 and 6). */
final class Http2Frame {
    static final int HEADER_BYTES = 9;

    /** What we take, and write at most, of a payload: the least that everybody takes (section 4.2). */
    static final int MAX_BYTES = 16 * 1024;

    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PUSH_PROMISE = 5;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;

    static final int END_STREAM = 0x1;
    static final int ACK = 0x1;
    static final int END_HEADERS = 0x4;
    static final int PADDED = 0x8;
    static final int PRIORITY_FLAG = 0x20;

    static final int HEADER_TABLE_SIZE = 1;
    static final int ENABLE_PUSH = 2;
    static final int MAX_CONCURRENT_STREAMS = 3;
    static final int INITIAL_WINDOW_SIZE = 4;
    static final int MAX_FRAME_SIZE = 5;
    static final int MAX_HEADER_LIST_SIZE = 6;
    static final int ENABLE_CONNECT_PROTOCOL = 8;

    /** Before anybody says otherwise (section 6.5.2). */
    static final int DEFAULT_WINDOW = 65_535;

    private Http2Frame() {}
}

package io.weft.proxy.codec;

/** The status line of an HTTP/1.1 response (RFC 9112, section 4). */
final class Http1StatusLine {
    private static final int STATUS_AT = 9;
    private static final int LENGTH = 12;

    private Http1StatusLine() {}

    static boolean isHttp10(Http1Head head) {
        return begins(head, "HTTP/1.0 ");
    }

    private static boolean begins(Http1Head head, String text) {
        int start = head.startLineBegin();
        return head.startLineEnd() - start >= text.length()
                && KnownTexts.isText(head.block().bytes, start, start + text.length(), text);
    }

    /** 100 to 599; the reason phrase is read over. */
    static int status(Http1Head head) throws MalformedMessageException {
        byte[] bytes = head.block().bytes;
        int start = head.startLineBegin();
        int length = head.startLineEnd() - start;
        boolean shaped = length >= LENGTH
                && (begins(head, "HTTP/1.1 ") || isHttp10(head))
                && (length == LENGTH || bytes[start + LENGTH] == ' ');
        if (!shaped) {
            throw MalformedMessageException.bad("a status line that is none");
        }
        int status = 0;
        for (int i = STATUS_AT; i < LENGTH; i++) {
            int digit = bytes[start + i] - '0';
            if (digit < 0 || digit > 9) {
                throw MalformedMessageException.bad("a status that is no number");
            }
            status = status * 10 + digit;
        }
        if (status < 100 || status > 599) {
            throw MalformedMessageException.bad("status " + status);
        }
        return status;
    }
}

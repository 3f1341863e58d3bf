package io.weft.demo;

/** A service that this one needs did not answer, or did not answer well. */
final class DownstreamException extends Exception {
    private static final long serialVersionUID = 1;

    private final String sentence;

    DownstreamException(String sentence) {
        super(sentence);
        this.sentence = sentence;
    }

    @Override
    public String getMessage() {
        return sentence;
    }
}

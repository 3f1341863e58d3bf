package io.weft.cli.show;

/**
 * One thing that was looked at.
 *
 * @param remedy what to do; empty where nothing is
 */
record Finding(State state, String subject, String detail, String remedy) {
    enum State {
        GOOD("ok"),
        DOUBTFUL("warning"),
        WRONG("wrong");

        private final String word;

        State(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    static Finding good(String subject, String detail) {
        return new Finding(State.GOOD, subject, detail, "");
    }

    static Finding doubtful(String subject, String detail, String remedy) {
        return new Finding(State.DOUBTFUL, subject, detail, remedy);
    }

    static Finding wrong(String subject, String detail, String remedy) {
        return new Finding(State.WRONG, subject, detail, remedy);
    }
}

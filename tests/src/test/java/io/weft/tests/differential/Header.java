package io.weft.tests.differential;

/** A header or trailer as it stood on the wire. */
record Header(String name, String value) {
    static Header parse(String line) {
        int colon = line.indexOf(':', 1);
        if (colon < 0) {
            throw new IllegalArgumentException("not a header line: " + line);
        }
        return new Header(line.substring(0, colon), line.substring(colon + 1).strip());
    }

    boolean is(String other) {
        return name.equalsIgnoreCase(other);
    }
}

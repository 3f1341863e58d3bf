package io.weft.tests.faults.soak;

/** What must not grow: by how much, in a straight line through the samples from the first third of a run to its end, it may all the same. */
enum Figure {
    /** Of objects that are alive, after a full collection. */
    HEAP("heap", 1 << 20, "MB", 3),
    /** Of buffers outside the heap; an arena grows by pieces of megabytes. */
    DIRECT("direct", 1 << 20, "MB", 6),
    THREADS("threads", 1, "", 3),
    /** Connections come and go at random. */
    DESCRIPTORS("files", 1, "", 20);

    final String words;
    final double unit;
    final String unitName;

    /** In units. */
    final double most;

    Figure(String words, double unit, String unitName, double most) {
        this.words = words;
        this.unit = unit;
        this.unitName = unitName;
        this.most = most;
    }
}

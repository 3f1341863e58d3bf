package io.weft.resource.codec;

import java.util.ArrayList;
import java.util.List;

/** What is found out about one document while it is checked. */
final class DocumentReport {
    private static final int MAX_NOT_HONOURED = 100;

    private final String file;
    private final String kind;
    private final boolean strict;
    private final Findings findings;
    private final int findingsBefore;
    private final List<UnhonouredField> notHonoured = new ArrayList<>();

    /** @param strict whether an unknown field is an error; else it is one that is not honoured */
    DocumentReport(String file, String kind, boolean strict, Findings findings) {
        this.file = file;
        this.kind = kind;
        this.strict = strict;
        this.findings = findings;
        this.findingsBefore = findings.count();
    }

    String kind() {
        return kind;
    }

    boolean strict() {
        return strict;
    }

    void error(Node at, FieldPath path, String expected) {
        error(at, path, expected, "");
    }

    void error(Node at, FieldPath path, String expected, String hint) {
        error(at.line(), path, at.text(), expected, hint);
    }

    void error(int line, FieldPath path, String value, String expected, String hint) {
        findings.add(file, line, path, value, expected, hint);
    }

    void notHonoured(FieldPath path, int line) {
        if (notHonoured.size() < MAX_NOT_HONOURED) {
            notHonoured.add(new UnhonouredField(path.toString(), line));
        }
    }

    boolean clean() {
        return findings.count() == findingsBefore;
    }

    List<UnhonouredField> notHonoured() {
        return notHonoured;
    }
}

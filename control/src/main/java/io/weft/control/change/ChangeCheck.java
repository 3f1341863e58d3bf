package io.weft.control.change;

import io.weft.control.config.Snapshot;
import io.weft.core.violation.Violation;
import java.util.List;

/** Translates a configuration for trial, and reads what came out with the parsers that the proxies use. */
@FunctionalInterface
public interface ChangeCheck {
    /**
     * @param prospective the whole configuration as it would be
     * @return what is wrong with it, with the file and line of the document that is to blame; empty where it can be taken
     */
    List<Violation> check(Snapshot prospective);
}

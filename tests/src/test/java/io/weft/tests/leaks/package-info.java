/** What processes under test did not release. Start at {@link RecordedLeaks}. */
@NullMarked
package io.weft.tests.leaks;

import org.jspecify.annotations.NullMarked;

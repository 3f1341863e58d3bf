package io.weft.tests.faults.pairing;

import java.io.IOException;

/** One that sends requests of a shape to a proxy. */
public interface Client extends AutoCloseable {
    /**
     * @param authority the service
     * @param id tells the application's share of the exchange from others
     * @throws Exception where the exchange does not end as HTTP says
     */
    Received exchange(Shape shape, String authority, String id) throws Exception;

    @Override
    void close() throws IOException;
}

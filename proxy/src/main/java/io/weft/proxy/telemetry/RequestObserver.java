package io.weft.proxy.telemetry;

/** Is told of each request once, when it is over. */
@FunctionalInterface
public interface RequestObserver {
    /**
     * Called on the request's event loop; must not block.
     *
     * @param loop the loop's index
     */
    void onComplete(int loop, RequestRecord record);
}

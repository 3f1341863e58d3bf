package io.weft.control.config;

import java.time.InstantSource;

class MemoryStoreTest extends ConfigStoreContract {
    @Override
    ConfigStore create(InstantSource clock, Retention retention) {
        return new MemoryStore(clock, retention);
    }
}

package io.weft.control.translate;

/** What a query may read; remembers that it did. */
public interface View {
    <T> T read(Query<T> query);

    /** The inputs. Only the queries of {@link Inputs} look here, so that what is remembered is as narrow as what was asked. */
    Facts facts();
}

package io.weft.resource.model;

/** Where something runs, from wide to narrow; empty where it is not known. */
public record Locality(String region, String zone, String subZone) {
    public static final Locality UNKNOWN = new Locality("", "", "");

    public Locality {
        Require.that(!region.isEmpty() || zone.isEmpty(), "zone", zone, "a region beside a zone");
        Require.that(!zone.isEmpty() || subZone.isEmpty(), "subZone", subZone, "a zone beside a sub-zone");
    }
}

package io.weft.resource.codec;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A workload's address and services. */
final class WorkloadRules {
    private static final Pattern HOST_NAME =
            Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?){0,127}");
    private static final Pattern DOTTED = Pattern.compile("[0-9.]+");
    private static final Pattern IPV4 = Pattern.compile(
            "((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])");

    private final DocumentReport report;

    WorkloadRules(DocumentReport report) {
        this.report = report;
    }

    void check(Node.Mapping spec) {
        String address = spec.text("address");
        if (!address.isEmpty() && !isAddress(address)) {
            report.error(
                    spec.at("address"),
                    KindRules.SPEC.child("address"),
                    "an IP address without a port, or a host name in lower case");
        }
        FieldPath locality = KindRules.SPEC.child("locality");
        wider(spec.child("locality"), "zone", "region", locality);
        wider(spec.child("locality"), "subZone", "zone", locality);
        checkServices(spec.items("services"));
    }

    private void checkServices(List<Node> services) {
        Map<String, Node> seen = new HashMap<>();
        for (int i = 0; i < services.size(); i++) {
            Node.Mapping service = services.get(i).mapping();
            Node first = seen.putIfAbsent(service.text("name") + ":" + service.text("port"), service);
            if (first != null) {
                report.error(
                        service.at("port"),
                        KindRules.SPEC.child("services").index(i).child("port"),
                        "each port of a service only once: it stands also in line " + first.line());
            }
        }
    }

    private void wider(Node.Mapping locality, String narrow, String wide, FieldPath path) {
        if (locality.has(narrow) && !locality.has(wide)) {
            report.error(locality.at(narrow), path.child(narrow), "a " + wide + " beside it");
        }
    }

    private static boolean isAddress(String text) {
        if (text.indexOf(':') >= 0) {
            return isIpv6(text);
        }
        return DOTTED.matcher(text).matches()
                ? IPV4.matcher(text).matches()
                : HOST_NAME.matcher(text).matches();
    }

    /** RFC 4291, section 2.2, without zones; no name is looked up. */
    private static boolean isIpv6(String text) {
        int gap = text.indexOf("::");
        if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
            return false;
        }
        String head = gap < 0 ? text : text.substring(0, gap);
        String tail = gap < 0 ? "" : text.substring(gap + 2);
        int groups = groups(head, tail.isEmpty()) + groups(tail, true);
        return gap < 0 ? groups == 8 : groups >= 0 && groups <= 7;
    }

    /** How many groups of 16 bits; far below zero where it is not a list of them. */
    private static int groups(String text, boolean last) {
        if (text.isEmpty()) {
            return 0;
        }
        String[] parts = text.split(":", -1);
        int count = 0;
        for (int i = 0; i < parts.length; i++) {
            if (last && i == parts.length - 1 && IPV4.matcher(parts[i]).matches()) {
                count += 2;
            } else if (parts[i].matches("[0-9a-fA-F]{1,4}")) {
                count++;
            } else {
                return -100;
            }
        }
        return count;
    }
}

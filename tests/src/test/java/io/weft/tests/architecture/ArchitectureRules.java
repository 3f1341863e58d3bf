package io.weft.tests.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** The rules for the modules below one base package, so that they can be shown to fail on a small code base that breaks them. */
final class ArchitectureRules {
    private static final String[] PROTOBUF = {
        "com.google.protobuf..", "com.google.api.expr..", "com.github.xds..", "io.envoyproxy..", "io.weft.api.."
    };

    /** Types through which a class would reach the outside, or another thread. */
    private static final Set<String> OUTSIDE = Set.of(
            "java.lang.Process",
            "java.lang.ProcessBuilder",
            "java.lang.Thread",
            "java.lang.Thread$Builder",
            "java.nio.file.Files",
            "java.time.Clock",
            "java.util.Timer",
            "java.util.concurrent.CompletableFuture",
            "java.util.concurrent.ExecutorService",
            "java.util.concurrent.Executors",
            "java.util.concurrent.ForkJoinPool",
            "java.util.concurrent.ScheduledExecutorService",
            "java.util.concurrent.ThreadLocalRandom",
            "java.util.concurrent.ThreadPoolExecutor");

    /** Calls that read the clock, on types that are themselves harmless. */
    private static final Set<String> CLOCK_METHODS = Set.of("now", "currentTimeMillis", "nanoTime");

    private final String base;

    ArchitectureRules(String base) {
        this.base = base;
    }

    List<ArchRule> all() {
        return Stream.of(
                        PackageOrder.BY_MODULE.keySet().stream().sorted().map(this::importsOnlyEarlierPackages),
                        Stream.of(
                                proxyAndControlNeverImportEachOther(),
                                protobufStopsAtTheEdge(),
                                nettyChannelsStayInThePackagesThatOwnThem(),
                                whatDecidesIsPure(),
                                certificateAuthorityImportsOnlyCoreAndApi(),
                                engineConfigurationImportsOnlyIdentity(),
                                packagesAreFreeOfCycles(),
                                packagesAreNullMarked()))
                .flatMap(rules -> rules)
                .toList();
    }

    ArchRule importsOnlyEarlierPackages(String module) {
        return classes()
                .that()
                .resideInAPackage(base + "." + module + "..")
                .should(new ImportOnlyEarlier(
                        base + "." + module, PackageOrder.BY_MODULE.getOrDefault(module, List.of())))
                .as("packages of " + module + " import only earlier ones of the architecture's list")
                .allowEmptyShould(true);
    }

    ArchRule proxyAndControlNeverImportEachOther() {
        return noClasses()
                .that(resideInAPackage(base + ".proxy..").or(resideInAPackage(base + ".control..")))
                .should(new ArchCondition<>("import the other plane") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        String other =
                                type.getPackageName().startsWith(base + ".proxy") ? base + ".control" : base + ".proxy";
                        type.getDirectDependenciesFromSelf().stream()
                                .filter(use -> isBelow(use.getTargetClass(), other))
                                .forEach(use -> events.add(SimpleConditionEvent.satisfied(use, use.getDescription())));
                    }
                })
                .as("proxy and control never import each other")
                .allowEmptyShould(true);
    }

    ArchRule protobufStopsAtTheEdge() {
        return noClasses()
                .that(resideInAnyPackage(below("core", "resource", "engine", "proxy", "control", "cli"))
                        .and(not(resideInAnyPackage(below(
                                "engine.xds",
                                "proxy.bootstrap",
                                "proxy.ads",
                                "proxy.identity",
                                "proxy.registration",
                                "proxy.callout",
                                "proxy.telemetry",
                                "proxy.report",
                                "control.xds",
                                "control.ca",
                                "control.telemetry",
                                "control.registry")))))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(PROTOBUF)
                .as("protobuf is seen only in the packages that read or write the wire")
                .allowEmptyShould(true);
    }

    ArchRule nettyChannelsStayInThePackagesThatOwnThem() {
        return noClasses()
                .that(resideInAnyPackage(below("core", "resource", "engine", "proxy", "control", "cli"))
                        .and(not(resideInAnyPackage(below(
                                "proxy.transport",
                                "proxy.tls",
                                "proxy.codec",
                                "proxy.grpc",
                                "proxy.upstream",
                                "proxy.callout",
                                "proxy.http",
                                "proxy.hbone",
                                "proxy.tcp",
                                "proxy.udp",
                                "proxy.dns",
                                "proxy.listener",
                                "proxy.admin")))))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty.channel..")
                .as("Netty channels are seen only in the packages that own connections")
                .allowEmptyShould(true);
    }

    ArchRule whatDecidesIsPure() {
        return noClasses()
                .that()
                .resideInAnyPackage(
                        below("engine", "control.translate", "control.policy", "control.ir", "control.status"))
                .should()
                .dependOnClassesThat(describe("reach files, sockets, processes, threads or chance", this::isOutside))
                .orShould()
                .callMethodWhere(describe("reads the clock", (JavaCall<?> call) -> readsTheClock(call)))
                .as("engine and control.{translate,policy,ir,status} have no I/O, clock or threads")
                .allowEmptyShould(true);
    }

    ArchRule certificateAuthorityImportsOnlyCoreAndApi() {
        return noClasses()
                .that()
                .resideInAPackage(base + ".control.ca..")
                .should()
                .dependOnClassesThat(
                        resideInAPackage(base + "..").and(not(resideInAnyPackage(below("core", "api", "control.ca")))))
                .as("control.ca imports only core and api")
                .allowEmptyShould(true);
    }

    ArchRule engineConfigurationImportsOnlyIdentity() {
        return noClasses()
                .that()
                .resideInAPackage(base + ".engine.config..")
                .should()
                .dependOnClassesThat(resideInAPackage(base + "..")
                        .and(not(resideInAnyPackage(below("core.identity", "engine.config")))))
                .as("engine.config imports only core.identity")
                .allowEmptyShould(true);
    }

    ArchRule packagesAreFreeOfCycles() {
        return slices().matching(base + ".(**)").should().beFreeOfCycles().allowEmptyShould(true);
    }

    ArchRule packagesAreNullMarked() {
        return classes()
                .that(resideInAPackage(base + "..").and(not(resideInAnyPackage(below("api")))))
                .should(new ArchCondition<>("be in a package whose package-info is @NullMarked") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                            events.add(SimpleConditionEvent.violated(
                                    type, type.getPackageName() + " has no package-info with @NullMarked"));
                        }
                    }
                })
                .allowEmptyShould(true);
    }

    private String[] below(String... packages) {
        return Stream.of(packages).map(name -> base + "." + name + "..").toArray(String[]::new);
    }

    private boolean isOutside(JavaClass type) {
        String name = type.getName();
        String packageName = type.getPackageName();
        return OUTSIDE.contains(name)
                || packageName.startsWith("java.nio.channels")
                || packageName.startsWith("java.net.http")
                || packageName.startsWith("io.netty")
                || (packageName.equals("java.net") && name.contains("Socket") && !name.endsWith("SocketAddress"))
                || (packageName.equals("java.io") && (name.contains("File") || name.endsWith("java.io.Console")));
    }

    private static boolean readsTheClock(JavaCall<?> call) {
        String owner = call.getTargetOwner().getName();
        return CLOCK_METHODS.contains(call.getTarget().getName())
                && (owner.startsWith("java.time.") || owner.equals("java.lang.System"));
    }

    private static <T> DescribedPredicate<T> not(DescribedPredicate<T> predicate) {
        return DescribedPredicate.not(predicate);
    }

    private static boolean isBelow(JavaClass type, String packageName) {
        return type.getPackageName().equals(packageName)
                || type.getPackageName().startsWith(packageName + ".");
    }

    /** Positions in the list decide; the module's root package is behind all of them. */
    private static final class ImportOnlyEarlier extends ArchCondition<JavaClass> {
        private final String module;
        private final List<String> order;

        ImportOnlyEarlier(String module, List<String> order) {
            super("import only earlier packages of " + module);
            this.module = module;
            this.order = order;
        }

        @Override
        public void check(JavaClass type, ConditionEvents events) {
            int own = position(type);
            if (own < 0) {
                events.add(SimpleConditionEvent.violated(
                        type,
                        type.getName() + " is in a package that the architecture does not list for " + module
                                + ": expected one of " + order));
                return;
            }
            for (Dependency use : type.getDirectDependenciesFromSelf()) {
                JavaClass target = use.getTargetClass();
                if (isBelow(target, module) && position(target) > own) {
                    events.add(SimpleConditionEvent.violated(use, use.getDescription()));
                }
            }
        }

        private int position(JavaClass type) {
            String packageName = type.getPackageName();
            if (packageName.equals(module)) {
                return order.size();
            }
            String[] below = packageName.substring(module.length() + 1).split("\\.", -1);
            return order.indexOf(below[0]);
        }
    }
}

# shellcheck shell=sh
# What each role of the weft command runs with: read by bin/weft, in a source tree and in the distribution alike.
# The role is the first word of the command line; whatever is not listed is "cli".

role_of() {
  case ${1:-} in
    proxy | server | shop) echo "$1" ;;
    *) echo cli ;;
  esac
}

# The list of jars (lib/NAME.classpath) that a role starts with.
classpath_name_of() {
  case $1 in
    proxy | shop) echo "$1" ;;
    *) echo weft ;;
  esac
}

main_class_of() {
  case $1 in
    shop) echo io.weft.demo.Shop ;;
    *) echo io.weft.cli.Main ;;
  esac
}

# Netty and protobuf use native code and Unsafe. Compact headers and the serial collector are what is smallest; an
# AOT cache only fits a JVM with the same of both.
# The cache is mapped where it was made to be: else all of its pages are changed at each start, and none is shared.
COMMON_FLAGS="-XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 -XX:+UseSerialGC -XX:+UseCompactObjectHeaders \
-XX:-UsePerfData -XX:+ExitOnOutOfMemoryError --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Dio.netty.jfr.enabled=false"

# Gives memory that was only needed at the start, most of it the compilers', back to the system.
TRIM="-XX:TrimNativeHeapInterval=10000"

# The proxy's compilers. C1 first, and C2 only for what stays hot: at its usual thresholds C2 takes half of the CPU of a
# start. One compilation of C2 may take up to 12 MB, and is given up beyond. C1 too only compiles what is called a thousand
# times, in training as in service: at its usual thresholds it compiles what only the start runs, for a third of its CPU.
# What was compiled in training waits for its profile by a factor on C1's threshold: as many calls as with the usual ones of both.
# What C2 compiled there it compiles again at the first notice of C1's code: after 2^16 calls, as what was not trained. By default after
# 2^11, which is in the first ten seconds of 200 requests/s, one large compilation after the other.
PROXY_COMPILERS="-XX:ReservedCodeCacheSize=32m -XX:Tier3InvocationThreshold=2000 -XX:Tier3MinInvocationThreshold=1000 \
-XX:Tier3CompileThreshold=8000 -XX:Tier2ProfileDelayFactor=25 -XX:Tier2InvokeNotifyFreqLog=16 -XX:Tier2BackedgeNotifyFreqLog=18 \
-XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000 -XX:Tier4CompileThreshold=150000 -XX:Tier4BackEdgeThreshold=400000 -XX:CompileCommand=quiet -XX:CompileCommand=MemLimit,*.*,12m"

# memory_of NAME USUAL LEAST: sets memory, what a process of a role may take, in MiB: what the variable NAME says, or else what is usual, or what its
# control group (a container, a systemd unit) has where that is less.
memory_of() {
  eval "memory=\${$1:-}"
  case $memory in
    '')
      least_of_groups
      memory=$(($2 < least ? $2 : least))
      [ "$memory" -ge "$3" ] || memory=$3
      ;;
    *[!0-9]* | 0* | ??????*) memory=0 ;;
  esac
  [ "$memory" -ge "$3" ] && return
  eval "echo \"weft: $1=\$$1: expected the mebibytes that the process may take, at least $3\"" >&2
  return 1
}

# Sets least: of the memory of this process's control group and those around it, in MiB. Without a process of its own, for the sake of the start.
least_of_groups() {
  least=999999
  [ -r /proc/self/cgroup ] || return 0
  while IFS=: read -r _ controllers group; do
    case $controllers in
      '') root=/sys/fs/cgroup file=memory.max ;;
      memory) root=/sys/fs/cgroup/memory file=memory.limit_in_bytes ;;
      *) continue ;;
    esac
    # In a container this may be the path of the host: then what is mounted at the root is the container's own.
    while :; do
      group=${group%/}
      if [ -r "$root$group/$file" ] && read -r bytes <"$root$group/$file" && [ "$bytes" != max ]; then
        [ $((bytes / 1048576)) -ge "$least" ] || least=$((bytes / 1048576))
      fi
      [ -n "$group" ] || break
      group=${group%/*}
    done
  done </proc/self/cgroup
}

# The proxy's memory. Half of what is not classes, code, stacks and compilers (64 MiB) is heap, half buffers, which live outside of it: usually 96 MiB
# each. What a request needs dies young: survivors are large enough that nearly nothing of it gets old, which
# the serial collector would only look at when -Xmx is reached. The bound of the buffers is below
# the JVM's, which makes a thread that exceeds it wait for collections.
proxy_flags() {
  memory_of WEFT_PROXY_MEMORY 256 112 || return
  half=$(((memory - 64) / 2))
  young=$((half < 96 ? 6 : half / 16))
  flags="$COMMON_FLAGS $PROXY_COMPILERS $PROXY_REFLECTION \
-Xms$((young + 8))m -Xmn${young}m -XX:SurvivorRatio=2 -Xmx${half}m -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=20 \
-XX:MaxDirectMemorySize=$((half + 8))m -Dio.netty.maxDirectMemory=$((half * 1048576)) -Xss256k -XX:TrimNativeHeapInterval=2000 \
-Dio.netty.leakDetection.level=disabled"
}

# The control plane keeps 128 MiB for what is neither heap nor buffers, and a fifth of the rest for these.
server_flags() {
  memory_of WEFT_SERVER_MEMORY 768 256 || return
  rest=$((memory - 128))
  flags="$COMMON_FLAGS $TRIM -Xms32m -Xmx$((rest * 4 / 5))m -XX:MaxDirectMemorySize=$((rest / 5))m -Xss512k -XX:ReservedCodeCacheSize=64m"
}

# The proxy calls by reflection only what it sets up once: by native code, instead of a class made for each method.
PROXY_REFLECTION="-Djdk.reflect.useNativeAccessorOnly=true"

# flags_of ROLE: sets flags.
# shellcheck disable=SC2034  # read by bin/weft
flags_of() {
  case $1 in
    # A sidecar stands beside every instance: small, and its buffers live outside the heap.
    proxy) proxy_flags ;;
    server) server_flags ;;
    shop) flags="$COMMON_FLAGS $TRIM -Xms8m -Xmx48m -XX:TieredStopAtLevel=1 -Xss256k -XX:ReservedCodeCacheSize=16m" ;;
    # Mostly short-lived: the second compiler would only cost.
    *) flags="$COMMON_FLAGS -Xms16m -Xmx256m -XX:TieredStopAtLevel=1 -Xss512k -XX:ReservedCodeCacheSize=32m" ;;
  esac
}

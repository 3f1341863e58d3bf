package io.weft.tests.faults.soak;

import static io.weft.tests.faults.soak.Act.check;

import io.weft.tests.faults.pairing.FramedClient;
import io.weft.tests.faults.pairing.FramedWebSocket;
import io.weft.tests.faults.pairing.PlainClient;
import io.weft.tests.faults.pairing.PlainWebSocket;
import io.weft.tests.faults.pairing.WebSocketClient;
import io.weft.tests.planes.RawApplication;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Bytes that are carried: WebSockets of both versions of HTTP, and TCP through a tunnel; and clients and servers that close half, or reset. */
final class SocketActs {
    private static final String WEB_SOCKET = "WebSocket";
    private static final String TCP = "TCP";

    /** RFC 6455, section 1.3: its own example. */
    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    private static final int BLOCK = 8192;

    private final SoakMesh mesh;

    SocketActs(SoakMesh mesh) {
        this.mesh = mesh;
    }

    List<Act> all() {
        return List.of(
                Act.honest(WEB_SOCKET, "over HTTP/1.1", random -> talk(plain(), random, false)),
                Act.honest(WEB_SOCKET, "over HTTP/2", random -> talk(framed(), random, false)),
                Act.provoking(WEB_SOCKET, "that the server ends, over HTTP/1.1", random -> talk(plain(), random, true)),
                Act.provoking(WEB_SOCKET, "that the server ends, over HTTP/2", random -> talk(framed(), random, true)),
                Act.provoking(WEB_SOCKET, "that is refused", this::refused),
                Act.honest(TCP, "echoed at once", random -> carry(random, 'B', 0)),
                Act.honest(TCP, "echoed at once, read slowly", random -> carry(random, 'B', 5)),
                Act.honest(TCP, "echoed after the client's half is closed", random -> carry(random, 'E', 0)),
                Act.provoking(TCP, "reset by the client", this::resetByClient),
                Act.provoking(TCP, "reset by the server", this::resetByServer));
    }

    // ---- applications

    /** Takes a WebSocket at {@code /talk}, and sends each byte back until one is 0. */
    static void serveWebSocket(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        while (true) {
            String head = RawApplication.head(socket.getInputStream());
            if (head.isEmpty()) {
                return;
            }
            if (!head.startsWith("GET /talk ")) {
                RawApplication.write(socket, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
                continue;
            }
            String key = head.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-key:"))
                    .map(line -> line.substring(18).strip())
                    .findFirst()
                    .orElse("");
            RawApplication.write(
                    socket,
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            + "Sec-WebSocket-Accept: " + PlainWebSocket.accept(key) + "\r\n\r\n");
            echo(socket, 0);
            return;
        }
    }

    /** By its first byte: {@code B} echoes at once, {@code E} after the end, {@code R} resets after some. */
    static void serveBytes(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        int first = socket.getInputStream().read();
        OutputStream out = socket.getOutputStream();
        switch (first) {
            case 'B' -> {
                out.write(first);
                echo(socket, -1);
            }
            case 'E' -> {
                byte[] all = socket.getInputStream().readAllBytes();
                out.write(first);
                out.write(all);
            }
            case 'R' -> {
                out.write(socket.getInputStream().readNBytes(100));
                socket.setSoLinger(true, 0);
            }
            default -> {}
        }
    }

    /** @param last the byte that ends it; -1: none does */
    private static void echo(Socket socket, int last) throws IOException {
        InputStream in = socket.getInputStream();
        byte[] block = new byte[BLOCK];
        for (int read = in.read(block); read > 0; read = in.read(block)) {
            if (last >= 0 && block[read - 1] == last) {
                return;
            }
            socket.getOutputStream().write(block, 0, read);
        }
    }

    // ---- clients

    private WebSocketClient plain() throws IOException {
        return new PlainWebSocket(PlainClient.plain(mesh.proxy()), KEY);
    }

    /** Its end ends the connection. */
    private WebSocketClient framed() throws Exception {
        return new FramedWebSocket(new FramedClient(mesh.loops(), mesh.proxy(), "http", (_, ready) -> ready.run()));
    }

    /** Without a 0. */
    private static byte[] bytes(SplittableRandom random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        for (int i = 0; i < count; i++) {
            bytes[i] |= 1;
        }
        return bytes;
    }

    private int talk(WebSocketClient opened, SplittableRandom random, boolean ends) throws Exception {
        try (WebSocketClient client = opened) {
            String answer = client.open(SoakMesh.authority(SoakMesh.SOCKET), "/talk");
            check(answer.startsWith("101 ") || answer.startsWith("200 "), answer);
            for (int i = random.nextInt(10); i >= 0; i--) {
                byte[] sent = bytes(random, 1 + random.nextInt(20_000));
                client.send(sent);
                byte[] came = client.receive(sent.length);
                check(Arrays.equals(sent, came), came.length + " bytes came of " + sent.length + ", or others");
                Thread.sleep(random.nextInt(20));
            }
            if (ends) {
                client.send(new byte[1]);
                check(client.isEnded(), "it goes on after the server's end");
            }
        }
        return 1;
    }

    private int refused(SplittableRandom random) throws Exception {
        try (WebSocketClient client = random.nextBoolean() ? plain() : framed()) {
            String answer = client.open(SoakMesh.authority(SoakMesh.SOCKET), "/refused");
            check(answer.equals("403 no"), answer);
        }
        return 1;
    }

    private int carry(SplittableRandom random, char mode, int pauseMillis) throws Exception {
        byte[] sent = bytes(random, 1 + random.nextInt(400_000));
        sent[0] = (byte) mode;
        try (Socket socket = PlainClient.tunnel(mesh.proxy(), mesh.carried())) {
            CompletableFuture<Boolean> sending =
                    CompletableFuture.supplyAsync(() -> send(socket, sent), Thread::startVirtualThread);
            InputStream in = socket.getInputStream();
            int came = 0;
            byte[] block = new byte[BLOCK];
            for (int read = in.read(block); read > 0; read = in.read(block)) {
                check(
                        came + read <= sent.length && Arrays.equals(block, 0, read, sent, came, came + read),
                        "other bytes from " + came + " on");
                came += read;
                if (pauseMillis > 0) {
                    Thread.sleep(random.nextInt(pauseMillis));
                }
            }
            check(sending.get(30, TimeUnit.SECONDS), "sending failed");
            check(came == sent.length, came + " bytes came of " + sent.length);
        }
        return 1;
    }

    private static boolean send(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private int resetByClient(SplittableRandom random) throws Exception {
        try (Socket socket = PlainClient.tunnel(mesh.proxy(), mesh.carried())) {
            byte[] sent = bytes(random, 1 + random.nextInt(100_000));
            sent[0] = (byte) (random.nextBoolean() ? 'B' : 'E');
            socket.getOutputStream().write(sent, 0, sent.length);
            socket.setSoLinger(true, 0);
        }
        return 1;
    }

    private int resetByServer(SplittableRandom random) throws Exception {
        try (Socket socket = PlainClient.tunnel(mesh.proxy(), mesh.carried())) {
            byte[] sent = bytes(random, 101);
            sent[0] = 'R';
            socket.getOutputStream().write(sent);
            InputStream in = socket.getInputStream();
            int came = 0;
            try {
                while (in.read() >= 0) {
                    came++;
                }
            } catch (IOException e) {
                // As it should be: what was reset there is reset here.
                return 1;
            }
            // An end is what a client may see of a reset too; but no more than was sent.
            check(came <= 100, came + " bytes came of 100");
        }
        return 1;
    }
}

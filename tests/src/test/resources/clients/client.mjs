// Node's standard clients: node client.mjs CHECK PROXY-PORT
import assert from 'node:assert/strict';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';

const [check, portText] = process.argv.slice(2);
const port = Number(portText);

/** A request to a service through the proxy, in absolute form. */
function send(host, path, { method = 'GET', headers = {}, agent, body, trailers, createConnection } = {}) {
  return new Promise((resolve, reject) => {
    const direct = createConnection !== undefined;
    const request = http.request({
      host: '127.0.0.1', port, method, agent, createConnection,
      path: direct ? path : `http://${host}${path}`,
      headers: { host, ...headers },
    });
    const hints = [];
    request.on('information', (info) => hints.push([info.statusCode, info.headers]));
    request.on('error', reject);
    request.on('response', (response) => {
      const parts = [];
      response.on('data', (data) => parts.push(data));
      response.on('error', reject);
      response.on('end', () => resolve({
        status: response.statusCode, headers: response.headers, trailers: response.trailers,
        body: Buffer.concat(parts).toString(), hints, reused: request.reusedSocket,
      }));
    });
    if (trailers) request.addTrailers(trailers);
    for (const part of body ?? []) request.write(part);
    request.end();
  });
}

/** The same over HTTP/2 by prior knowledge. */
function stream(session, host, path, { method = 'GET', body, trailers } = {}) {
  return new Promise((resolve, reject) => {
    const request = session.request(
      { ':method': method, ':path': path, ':authority': host },
      { endStream: body === undefined, waitForTrailers: trailers !== undefined });
    const result = { hints: [], trailers: {} };
    const parts = [];
    request.on('headers', (headers) => result.hints.push([headers[':status'], headers]));
    request.on('response', (headers) => { result.status = headers[':status']; result.headers = headers; });
    request.on('trailers', (headers) => { result.trailers = headers; });
    request.on('wantTrailers', () => request.sendTrailers(trailers));
    request.on('data', (data) => parts.push(data));
    request.on('error', reject);
    request.on('end', () => resolve({ ...result, body: Buffer.concat(parts).toString() }));
    if (body !== undefined) request.end(body);
  });
}

async function shapes(exchange, version) {
  const empty = await exchange('/empty');
  assert.deepEqual([empty.status, empty.body], [204, '']);
  const unchanged = await exchange('/unchanged');
  assert.deepEqual([unchanged.status, unchanged.body, unchanged.headers.etag], [304, '', '"1"']);
  const head = await exchange('/sized', { method: 'HEAD' });
  assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', '5']);
  const sized = await exchange('/sized');
  assert.deepEqual([sized.status, sized.body, sized.headers['content-length']], [200, '12345', '5']);
  const hinted = await exchange('/hints');
  assert.deepEqual([hinted.status, hinted.body], [200, 'hinted']);
  assert.deepEqual(hinted.hints.map(([status, headers]) => [status, headers.link]), [[103, '</style.css>; rel=preload']]);
  const echoed = await exchange('/', { method: 'PUT', body: ['some', 'thing'] });
  assert.deepEqual([echoed.status, echoed.body, echoed.headers['x-method'], echoed.headers['x-version']],
    [200, 'something', 'PUT', version]);
}

const checks = {
  async http() {
    for (const [host, version] of [['node.shop', '1.1'], ['node2.shop', '2.0']]) {
      await shapes((path, options) => send(host, path, options), version);
    }
  },
  async httpTrailers() {
    for (const host of ['node.shop', 'node2.shop']) {
      const answer = await send(host, '/trailers', {
        method: 'POST', body: ['hel', 'lo'], trailers: { 'x-sum': '5' }, headers: { trailer: 'x-sum', te: 'trailers' },
      });
      assert.deepEqual([answer.status, answer.body, answer.trailers['x-got']], [200, 'hello', '5'], host);
    }
  },
  async httpKeepAlive() {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 20; i++) {
      const answer = await send('node.shop', '/', { agent, method: 'POST', body: [`request ${i}`] });
      assert.deepEqual([answer.status, answer.body, answer.reused], [200, `request ${i}`, i > 0]);
    }
    agent.destroy();
  },
  async httpTunnel() {
    const socket = await new Promise((resolve, reject) => {
      http.request({ host: '127.0.0.1', port, method: 'CONNECT', path: 'node.shop:80' })
        .on('connect', (response, opened) => {
          assert.equal(response.statusCode, 200);
          resolve(opened);
        })
        .on('error', reject).end();
    });
    const answer = await send('node.shop', '/', { createConnection: () => socket, method: 'POST', body: ['inside'] });
    assert.deepEqual([answer.status, answer.body], [200, 'inside']);
    socket.destroy();
  },
  async http2() {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    for (const [host, version] of [['node.shop', '1.1'], ['node2.shop', '2.0']]) {
      await shapes((path, options = {}) =>
        stream(session, host, path, { ...options, body: options.body?.join('') }), version);
    }
    session.close();
  },
  async http2Trailers() {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    for (const host of ['node.shop', 'node2.shop']) {
      const answer = await stream(session, host, '/trailers', { method: 'POST', body: 'hello', trailers: { 'x-sum': '5' } });
      assert.deepEqual([answer.status, answer.body, answer.trailers['x-got']], [200, 'hello', '5'], host);
    }
    session.close();
  },
  async http2ManyStreams() {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) =>
      stream(session, i % 2 ? 'node.shop' : 'node2.shop', '/', { method: 'POST', body: `stream ${i}`.repeat(5000) })));
    answers.forEach((answer, i) => assert.equal(answer.body, `stream ${i}`.repeat(5000)));
    session.close();
  },
  async fetch() {
    // This Node's fetch knows no proxy setting: its connections are led to the proxy, which goes by the Host header.
    await fetch('data:,');
    const Agent = globalThis[Symbol.for('undici.globalDispatcher.1')].constructor;
    const dispatcher = new Agent({
      connect: (_, opened) => {
        const socket = net.connect(port, '127.0.0.1').once('connect', () => opened(null, socket)).once('error', opened);
      },
    });
    const plain = await fetch('http://node.shop/', { dispatcher });
    assert.deepEqual([plain.status, await plain.text()], [200, '']);
    // A stream has no length: fetch sends it chunked.
    const body = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 50; i++) controller.enqueue(new Uint8Array(10_000).fill(65 + i % 26));
        controller.close();
      },
    });
    const echoed = await fetch('http://node2.shop/', { dispatcher, method: 'POST', body, duplex: 'half' });

    const text = await echoed.text();
    assert.deepEqual([echoed.status, text.length, text[10_000]], [200, 500_000, 'B']);
    await dispatcher.close();
  },
};

await checks[check]();

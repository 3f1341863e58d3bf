// An application on Node's http and http2 servers, which says on what ports it listens.
import http from 'node:http';
import http2 from 'node:http2';

function answer(request, response) {
  const path = new URL(request.url, 'http://any').pathname;
  if (path === '/empty') {
    response.writeHead(204).end();
  } else if (path === '/unchanged') {
    response.writeHead(304, { etag: '"1"' }).end();
  } else if (path === '/hints') {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.writeHead(200, { 'content-type': 'text/plain' }).end('hinted');
  } else if (path === '/sized') {
    response.writeHead(200, { 'content-length': 5 }).end('12345');
  } else if (path === '/trailers') {
    const body = [];
    request.on('data', (data) => body.push(data));
    request.on('end', () => {
      response.writeHead(200, { trailer: 'x-got', 'x-version': request.httpVersion });
      response.write(Buffer.concat(body));
      response.addTrailers({ 'x-got': request.trailers['x-sum'] ?? 'none' });
      response.end();
    });
  } else {
    response.writeHead(200, { 'x-version': request.httpVersion, 'x-method': request.method });
    request.pipe(response);
  }
}

const servers = { http: http.createServer(answer), http2: http2.createServer(answer) };
for (const [name, server] of Object.entries(servers)) {
  server.listen(0, '127.0.0.1', () => console.log(`${name} listens on ${server.address().port}`));
}

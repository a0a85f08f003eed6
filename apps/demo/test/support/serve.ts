import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.safetensors': 'application/octet-stream',
}

/** A running server. */
export type Served = { readonly url: string; close(): Promise<void> }

/**
 * Serves a folder under a sub-path, as a host of static sites does; `isolated` adds the headers that isolate the page
 * from other origins.
 */
export async function serve(folder: string, isolated: boolean): Promise<Served> {
  const prefix = '/some/where/'
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://host').pathname
    const name = path === prefix ? 'index.html' : normalize(path.slice(prefix.length))
    if (!path.startsWith(prefix) || name.startsWith('../..')) {
      response.writeHead(404).end()
      return
    }
    readFile(join(folder, name)).then(
      (bytes) => {
        response.writeHead(200, {
          'Content-Type': types[extname(name)] ?? 'application/octet-stream',
          ...(isolated
            ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
            : {}),
        })
        response.end(bytes)
      },
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    url: `http://127.0.0.1:${address.port}${prefix}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

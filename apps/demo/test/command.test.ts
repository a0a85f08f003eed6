import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

it('npm run demo builds the site and serves it, isolated from other origins', async () => {
  const script = fileURLToPath(new URL('../../../scripts/demo.mjs', import.meta.url))
  const server = spawn(process.execPath, [script], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  try {
    let told = ''
    const url = await new Promise<string>((resolve, reject) => {
      const hear = (part: Buffer): void => {
        told += String(part)
        const found = /http:\/\/localhost:\d+\//.exec(told)
        if (found !== null) resolve(found[0])
      }
      server.stdout.on('data', hear)
      server.stderr.on('data', hear)
      server.on('exit', () => reject(new Error(`it ended: ${told}`)))
    })
    const page = await fetch(url)
    expect(page.status).toBe(200)
    expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp')
    const html = await page.text()
    expect(html).toContain('Content-Security-Policy')
    const script = /<script[^>]* src="\.\/([^"]*)"/.exec(html)?.[1] ?? 'none'
    expect((await fetch(url + script)).headers.get('content-type')).toContain('javascript')
  } finally {
    const ended = once(server, 'exit')
    server.kill()
    await ended
  }
})

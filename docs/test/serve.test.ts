/** `npm run docs serve` says in one line what is wrong. */
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { root } from './support/markdown.js'

const run = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync('node', ['scripts/docs.mjs', ...args], { cwd: root, encoding: 'utf8' })
  return { status, text: `${stdout}${stderr}` }
}

it('names a port that is in use, and another one', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { status, text } = run('serve', '--port', String(port))
  server.close()
  expect(status).toBe(1)
  expect(text).toMatch(/^port \d+ is in use; choose another: npm run docs serve -- --port \d+\n$/)
})

it('refuses what it does not know', () => {
  for (const args of [['--help'], ['preview'], ['serve', '--port', '0']]) {
    const { status, text } = run(...args)
    expect(status).toBe(2)
    expect(text.trim().split('\n')).toHaveLength(1)
  }
})

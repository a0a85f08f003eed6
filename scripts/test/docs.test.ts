/** `npm run docs serve`: what it answers before it builds anything. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stateOf } from '../lib/files.mjs'
import { root } from '../lib/setup.mjs'

const docs = (...args: readonly string[]) =>
  spawnSync(process.execPath, [join(root, 'scripts/docs.mjs'), ...args], { encoding: 'utf8' })

test('a busy port is one line of error, which names another', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const { port } = server.address() as AddressInfo
  const { status, stdout, stderr } = docs('serve', '--port', String(port))
  server.close()
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(new RegExp(`^port ${port} is in use; choose another: npm run docs serve -- --port \\d+\\n$`))
})

test.each([
  ['--help', /^Unknown option '--help'; use npm run docs, or npm run docs serve -- --port 8000\n$/],
  ['preview', /^unknown: preview; use npm run docs, or npm run docs serve -- --port 8000\n$/],
  ['serve --port 0', /^--port 0 is not a port: give 1 to 65535\n$/],
  ['serve --port x', /^--port x is not a port: give 1 to 65535\n$/],
])('%s is refused in one line', (line, message) => {
  expect(docs(...line.split(' '))).toMatchObject({ status: 2, stderr: expect.stringMatching(message) as string })
})

test('a changed, a new and a deleted file change the state of a folder; output does not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spikeward-state-'))
  try {
    writeFileSync(join(folder, 'a.md'), '')
    utimesSync(join(folder, 'a.md'), 1, 1)
    expect(stateOf([folder])).toEqual({ count: 1, newest: 1000 })
    writeFileSync(join(folder, 'dist'), '')
    expect(stateOf([folder])).toEqual({ count: 1, newest: 1000 })
    writeFileSync(join(folder, 'b.md'), '')
    utimesSync(join(folder, 'b.md'), 2, 2)
    expect(stateOf([folder])).toEqual({ count: 2, newest: 2000 })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

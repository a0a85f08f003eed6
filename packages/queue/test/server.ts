/** A Valkey server of a test, with its append-only file in a folder of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why there is no server on this machine, or null. */
export const whyNoServer: string | null =
  spawnSync('valkey-server', ['--version']).error === undefined
    ? null
    : 'VALKEY_UNAVAILABLE: valkey-server was not found; apt-get install valkey-server'

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** A server. */
export type Server = {
  readonly port: number
  readonly url: string
  /** The folder of its files. */
  readonly folder: string
  /** Ends it as a crash does. */
  kill(): Promise<void>
  /** Starts it again on its files. */
  start(): Promise<void>
  /** Runs valkey-cli; returns its output. */
  cli(...args: readonly string[]): string
  /** Ends it and removes its files. */
  remove(): Promise<void>
}

/** Starts a server that keeps jobs over restarts, with further options of its command line. */
export async function startServer(...options: readonly string[]): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'spikeward-queue-'))
  const port = await freePort()
  let child: ChildProcess | null = null
  const start = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
      const own = [...place, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always']
      const starting = spawn('valkey-server', [...own, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
      child = starting
      let log = ''
      starting.stdout.setEncoding('utf8').on('data', (text: string) => {
        log += text
        if (/Ready to accept connections/.test(log)) resolve()
      })
      starting.once('exit', (code) => reject(new Error(`valkey-server ended with ${String(code)}: ${log}`)))
    })
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return resolve()
      child.once('exit', () => resolve())
      child.kill('SIGKILL')
    })
  await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder,
    kill,
    start,
    cli: (...args) => spawnSync('valkey-cli', ['-p', String(port), ...args], { encoding: 'utf8' }).stdout.trim(),
    async remove() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

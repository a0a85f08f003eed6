/**
 * Workers, the server, its memory and the network fail while a suite runs: nothing is lost, nothing runs twice.
 *
 *     QUEUE_FAULTS=50 QUEUE_OUTAGE=30 npx vitest run packages/queue/test/faults
 *
 * prints the counts of 50 tries of each, with the network away for 30 s. QUEUE_FAULTS_OUT=<file> receives them, one
 * line for each fault.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { whyNoServer } from '../server.js'
import { type Proxy, openProxy } from './proxy.js'
import { type Outcome, type Suite, runSuite } from './suite.js'
import { type Tried, unpaused } from './unpaused.js'

const tries = Number(process.env['QUEUE_FAULTS'] ?? 2)
/** Seconds for which the network is away. */
const outage = Number(process.env['QUEUE_OUTAGE'] ?? 0.4)
/** Longer than the other faults take on a busy machine, so that no lock is lost by them. */
const lockMs = 20_000
const trials = 30
/** Only ends a test that hangs. */
const timeout = 600_000 + tries * 60_000
let program = ''

beforeAll(async () => {
  if (whyNoServer !== null) return
  const outDir = fileURLToPath(new URL(`../../node_modules/.cache/stubWorker-${process.pid}`, import.meta.url))
  await build({
    config: false,
    entry: [fileURLToPath(new URL('stubWorker.ts', import.meta.url))],
    outDir,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    silent: true,
    noExternal: [/^@spikeward/],
    external: ['bullmq', 'ioredis'],
    esbuildOptions: (options) => {
      options.conditions = ['@spikeward/source']
    },
  })
  program = `${outDir}/stubWorker.js`
})
afterAll(() => {
  if (program !== '') rmSync(dirname(program), { recursive: true, force: true })
})

/** The share of trials after which try i begins its fault. */
const partOf = (i: number): number => 0.05 + 0.7 * ((i * 0.618) % 1)

/** Waits until this share has ended. */
async function until({ progress }: Suite, i: number): Promise<void> {
  while (progress() < partOf(i)) await sleep(3)
}

/**
 * Runs all tries, `atOnce` at the same time, each on a server of its own; prints what they found, and expects that no
 * trial was lost or ran twice.
 */
async function all(what: string, one: (i: number) => Promise<Outcome>, atOnce = 10): Promise<readonly Tried[]> {
  const outcomes: Tried[] = []
  for (let i = 0; i < tries; i += atOnce) {
    const group = Array.from({ length: Math.min(atOnce, tries - i) }, (_, k) => unpaused(() => one(i + k)))
    outcomes.push(...(await Promise.all(group)))
  }
  const sum = (of: (o: Tried) => number): number => outcomes.reduce((total, o) => total + of(o), 0)
  const seconds = outcomes.map((o) => o.seconds).sort((a, b) => a - b)
  const found = {
    tries,
    trials: sum((o) => o.trials),
    lost: sum((o) => o.lost),
    twice: sum((o) => o.twice),
    again: sum((o) => o.again),
    repeats: sum((o) => o.repeats),
  }
  if (tries > 2) {
    const [median, most] = [seconds[seconds.length >> 1]!, seconds.at(-1)!].map((s) => s.toFixed(1))
    process.stderr.write(`${what}: ${JSON.stringify(found)}, then ${median} s (at most ${most} s) to the last result\n`)
  }
  const out = process.env['QUEUE_FAULTS_OUT']
  if (out !== undefined) appendFileSync(out, `${JSON.stringify({ what, ...found, seconds })}\n`)
  expect(found).toMatchObject({ trials: tries * trials, lost: 0, twice: 0 })
  return outcomes
}

test.concurrent('killed workers: their trials run elsewhere, all others once', { timeout }, async (context) => {
  if (whyNoServer !== null) return context.skip(whyNoServer)
  const outcomes = await all('killed workers', (i) => {
    const children: ChildProcess[] = []
    const start = (url: string, ledger: string): ChildProcess => {
      const child = spawn(process.execPath, [program, url, ledger, String(lockMs)], {
        // A worker that starts late finds its server gone, and would print that.
        stdio: 'ignore',
      })
      children.push(child)
      return child
    }
    const prepare = async ({ url }: { readonly url: string }, ledger: string): Promise<void> => {
      for (const _ of [1, 2]) start(url, ledger)
      while (!existsSync(ledger) || readFileSync(ledger, 'utf8').split('ready').length < 3) await sleep(10)
    }
    const hangs = Math.floor(partOf(i) * trials)
    return runSuite({ trials, workers: 0, lockMs, ms: 50, hangs, prepare }, async (suite) => {
      let victim = suite.hanging()
      for (; victim === null; victim = suite.hanging()) await sleep(3)
      // The other trial of this worker is at another point in each try.
      await sleep((i * 61) % 150)
      process.kill(Number(victim), 'SIGKILL')
      start(suite.server.url, suite.ledger)
      return [victim]
    }).finally(() => {
      for (const child of children) child.kill('SIGKILL')
    })
  })
  // A worker has at most two trials in progress, and one result that is not written yet.
  for (const { again } of outcomes) expect(again).toBeLessThanOrEqual(2)
})

test.concurrent('a killed server: commands and workers wait until it is back', { timeout }, async (context) => {
  if (whyNoServer !== null) return context.skip(whyNoServer)
  // The server of the tests has `appendfsync always`: without it, a trial in some hundreds ran again on a busy disk.
  const one = (i: number): Promise<Outcome> =>
    runSuite({ trials, workers: 2, lockMs }, async (suite) => {
      await until(suite, i)
      await suite.server.kill()
      await sleep(100 + 50 * (i % 5))
      await suite.server.start()
      return []
    })
  const outcomes = await all('killed server', one)
  expect(outcomes.map((o) => o.again)).toEqual(outcomes.map(() => 0))
})

test.concurrent('a server without an append-only file loses its jobs, which are added again', {
  timeout,
}, async (context) => {
  if (whyNoServer !== null) return context.skip(whyNoServer)
  const { lost } = await runSuite({ trials, workers: 2, lockMs, server: ['--appendonly', 'no'] }, async (suite) => {
    await until(suite, 1)
    await suite.server.kill()
    await suite.server.start()
    return []
  })
  expect(lost).toBe(0)
})

test.concurrent('full memory: writes are repeated until there is room', { timeout }, async (context) => {
  if (whyNoServer !== null) return context.skip(whyNoServer)
  const outcomes = await all('full memory', (i) =>
    runSuite({ trials, workers: 2, lockMs, server: ['--maxmemory-policy', 'noeviction'] }, async (suite) => {
      await until(suite, i)
      const { server } = suite
      // Less than it has now.
      server.cli('config', 'set', 'maxmemory', '1mb')
      expect(server.cli('set', 'ballast', 'x')).toContain('OOM')
      await sleep(300 + 100 * (i % 5))
      server.cli('config', 'set', 'maxmemory', '0')
      return []
    }),
  )
  expect(outcomes.map((o) => o.again)).toEqual(outcomes.map(() => 0))
})

test.concurrent('a lost network, silent or with broken connections: trials go on, and results follow', {
  timeout,
}, async (context) => {
  if (whyNoServer !== null) return context.skip(whyNoServer)
  const one = async (i: number): Promise<Outcome> => {
    let proxy: Proxy | null = null
    const addressOf = async ({ port }: { readonly port: number }): Promise<string> => {
      proxy = await openProxy(port)
      return proxy.url
    }
    try {
      return await runSuite(
        { trials, workers: 2, lockMs: Math.max(lockMs, 2000 * outage), addressOf },
        async (suite) => {
          await until(suite, i)
          proxy!.lose(i % 2 === 0)
          await sleep(1000 * outage)
          proxy!.restore()
          return []
        },
      )
    } finally {
      await (proxy as Proxy | null)?.close()
    }
  }
  const outcomes = await all('lost network', one, 25)
  expect(outcomes.map((o) => o.again)).toEqual(outcomes.map(() => 0))
})

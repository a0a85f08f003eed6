/** Cells of the accuracy benchmark in shards and on the workers of a queue. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { shard } from '@spikeward/distributed'
import { queueNameOf, startWorker } from '@spikeward/queue'
import { startServer, whyNoServer } from '../../../packages/queue/test/server.js'
import { type Cell, type Outcome, type TrainedRun, trainArguments } from '../src/accuracy/cell.js'
import { openPlace } from '../src/accuracy/openPlace.js'
import { cellsOf, sweep } from '../src/accuracy/sweep.js'
import { withoutOutput } from '../src/run/benchmark.js'
import { ownVersion } from '../src/run/run.js'
import { testFolder } from './support/folder.js'

const cells = cellsOf({
  ...{ problems: ['parabola'], estimators: ['rfg', 'bp'], backends: ['cpu'], keys: [1, 2, 3] },
  ...{ seconds: null, threads: 1, options: [''] },
})

test('shards train each cell once, in files of their own, and the command without a shard reads all', async () => {
  const folder = await testFolder()
  const trained: Cell[] = []
  const train = async (cell: Cell): Promise<Outcome> => {
    trained.push(cell)
    return { relativeL2: cell.key, curve: [], failure: null } as unknown as Outcome
  }
  const options = { source: 'here', budget: 60, onCell: () => undefined, train }
  const files = [1, 2].map((i) => join(folder, `a.cells-${i}-of-2.jsonl`))
  for (const i of [1, 2]) {
    const { left } = await sweep(cells, { ...options, file: files[i - 1]!, scheduler: shard(i, 2), keep: true })
    expect(left).toBe(3)
  }
  const whole = await sweep(cells, { ...options, file: join(folder, 'a.cells.jsonl'), others: files })
  expect(whole.left).toBe(0)
  expect(whole.rows.map((row) => row.relativeL2)).toEqual([1, 2, 3, 1, 2, 3])
  expect(trained).toHaveLength(6)
  expect(files.some((file) => existsSync(file))).toBe(false)
})

test('a stored command line does not say where it ran, so it holds no password', () => {
  const line =
    'accuracy --keys 1 --queue redis://:secret@h --queue-ca ca.pem --shard=1/2 --at-once 4 --threads 2 --json --out x'
  expect(withoutOutput(line.split(' '))).toEqual(['--keys', '1', '--threads', '2'])
  expect(withoutOutput(['accuracy', '--queue=redis://:secret@h', '--keys', '1'])).toEqual(['--keys', '1'])
})

describe('a queue', () => {
  const io = { out: () => undefined, err: () => undefined }

  test('trains cells by the arguments of the command, with its outcomes and failures', async (context) => {
    if (whyNoServer !== null) return context.skip(whyNoServer)
    const server = await startServer()
    const source = { commit: 'c0ffee'.repeat(6), dirty: false }
    const run: TrainedRun = { code: 0, out: '{"relativeL2":0.25}\n', err: '', metrics: '' }
    const asked: unknown[] = []
    const worker = await startWorker(
      { url: server.url },
      {
        name: queueNameOf({ version: ownVersion(), commit: source.commit, changes: null }),
        execute: ({ task, input }) => {
          asked.push([task, input])
          return Promise.resolve(asked.length === 1 ? run : { ...run, code: 1, err: 'error: it broke\nmore' })
        },
      },
    )
    const place = await openPlace({ queue: server.url, threads: 1 }, 'unused', io, () => source)
    expect(await place.train(cells[0]!)).toMatchObject({ relativeL2: 0.25, failure: null })
    expect(await place.train(cells[1]!)).toMatchObject({ relativeL2: null, failure: 'error: it broke' })
    expect(asked).toEqual(cells.slice(0, 2).map((cell) => ['train', { args: trainArguments(cell).slice(1) }]))
    await Promise.all([place.close(), worker.stop()])
    await server.remove()
  })

  test('needs committed sources, which its workers have too', async () => {
    const dirty = () => ({ commit: 'c0ffee', dirty: true })
    await expect(openPlace({ queue: 'redis://127.0.0.1', threads: 1 }, 'unused', io, dirty)).rejects.toThrow(
      /BENCH_DIRTY/,
    )
  })
})

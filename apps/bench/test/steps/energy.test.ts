import { expect, test } from 'vitest'
import type { Ledger } from '@spikeward/energy'
import { runBench } from '../../src/program.js'

/** Runs a command, and gives the JSON object that it prints. */
async function result(...args: readonly string[]): Promise<unknown> {
  let out = ''
  const io = {
    out: (text: string): void => void (out += text),
    err: (): void => undefined,
    errIsTerminal: false,
    onInterrupt: () => (): void => undefined,
  }
  expect(await runBench(args, io)).toBe(0)
  return JSON.parse(out.trim().split('\n').at(-1)!)
}

test('energy counts a step of each estimator, and leaves a target that is not reached open', async () => {
  const { rows } = (await result('energy', '--quick', '--backend', 'cpu', '--json')) as {
    readonly rows: readonly {
      readonly estimator: string
      readonly ledger: Ledger
      readonly steps: readonly (number | null)[]
    }[]
  }
  expect(rows.map((r) => r.estimator)).toEqual(['bp', 'rfg'])
  // Back-propagation draws only its mini-batch; a random direction has a number for every parameter.
  const [bp, rfg] = rows.map((r) => r.ledger)
  expect(rfg!.draws.random).toBeGreaterThan(bp!.draws.random)
  expect(bp!.forward.decisions).toBe(4 * 4 * 3)
  // Two steps reach no target.
  expect(rows.map(({ steps }) => steps)).toEqual([[null], [null]])
})

/**
 * The settings that every tuned problem resolves to, by network, loss, spiking parts and estimator. A changed line is a
 * changed default: give the reason in the change, and update the file with
 * `npx vitest run packages/experiment/test/config/resolvedConfigs.test.ts --update`.
 */
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { factories } from '../../src/catalogue/factories.js'
import { networks } from '../../src/catalogue/kinds/networks.js'
import { findProblem } from '../../src/catalogue/kinds/problems.js'
import { configOf } from '../../src/config/configOf.js'
import type { TrainConfig, TrainOptions } from '../../src/config/trainConfig.js'

const fixture = fileURLToPath(new URL('../fixtures/resolvedConfigs.txt', import.meta.url))
const io = { err: () => undefined }
const common = { key: 0, backend: 'reference', json: false, quiet: true, force: false } as const

/** The choices of network, loss and spiking parts whose settings differ, each with its name. */
function choicesOf(kind: string): readonly (readonly [string, Partial<TrainOptions>])[] {
  const own = [
    undefined,
    ...Object.keys(networks).filter((name) => networks[name]?.kind === kind && !networks[name]?.readsSteps),
  ]
  const losses = kind === 'regression' ? [undefined] : [undefined, 'physics', 'data']
  const parts = kind === 'regression' ? [undefined] : [undefined, 'none']
  return own.flatMap((network) =>
    losses.flatMap((loss) =>
      parts.map((spiking): readonly [string, Partial<TrainOptions>] => [
        [network ?? '-', loss ?? '-', spiking ?? '-'].join(' '),
        {
          ...(network === undefined ? {} : { network }),
          ...(loss === undefined ? {} : { loss }),
          ...(spiking === undefined ? {} : { spiking }),
        },
      ]),
    ),
  )
}

/** The default estimator first, then others by name, `rfg` by layers last. */
const estimators: readonly Partial<TrainOptions>[] = [
  {},
  ...['rfg', 'activity', 'eligibility', 'spsa', 'gaussNewton', 'bp', 'exactForward', 'lowRank'].map((estimator) => ({
    estimator,
  })),
  { estimator: 'rfg', declared: { scope: 'layerwise' } },
]

test('no default changes unnoticed', async () => {
  const lines: string[] = []
  for (const problem of [...Object.keys(factories.problem), 'own', 'table']) {
    const { kind } = await findProblem(problem)
    for (const [name, options] of choicesOf(kind)) {
      const configs = await Promise.all(
        estimators.map((estimator) => configOf(problem, { ...common, ...options, ...estimator }, io)),
      )
      const settings = configs.map(({ sequences, task: _, ...rest }) =>
        sequences === null ? rest : { ...rest, sequences },
      )
      const digest = createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 12)
      const [{ estimator, learningRate, steps, readoutSolve, time }] = configs as [TrainConfig]
      lines.push(`${problem} ${name}: ${estimator} ${learningRate} ${steps} ${readoutSolve ?? '-'} ${time} ${digest}`)
    }
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(fixture)
})

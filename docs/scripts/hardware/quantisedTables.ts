/** Errors of networks in the integers of a chip, means over keys. */
import { sampleMean } from '@spikeward/train'
import type { StoredTable } from './storedTable.js'

type Errors = { readonly relativeL2: number; readonly solved: number }

type QuantisedRun = {
  readonly rows: readonly {
    readonly problem: string
    readonly float: Errors
    readonly quantised: readonly { readonly bits: number; readonly errors: Errors }[]
  }[]
}

type OperatorRun = {
  readonly rows: readonly {
    readonly problem: string
    readonly baselineRidge: number
    readonly float: number
    readonly quantised: readonly { readonly bits: number; readonly relativeL2: number }[]
  }[]
}

const titles: Readonly<Record<string, string>> = {
  'mexican-hat': 'Mexican hat',
  'poisson-1d': "Poisson's equation",
  'reaction-diffusion': 'reaction–diffusion',
}

/** The name of a problem in a sentence. */
export const titleOf = (problem: string): string => titles[problem] ?? problem

const shown = (values: readonly number[]): string => sampleMean(values).toFixed(3)

/** Rows of each problem, in their order. */
function byProblem<R extends { readonly problem: string }>(
  rows: readonly R[],
): readonly (readonly [string, readonly R[]])[] {
  const names = [...new Set(rows.map(({ problem }) => problem))]
  return names.map((name) => [titleOf(name), rows.filter(({ problem }) => problem === name)])
}

const networks: StoredTable = ([first]) => {
  const { rows } = first as QuantisedRun
  const bits = rows[0]!.quantised.map((q) => q.bits)
  const least = bits.at(-1)!
  return [
    ['problem', 'floats', ...bits.map((b) => `${b} bits`), `${least} bits, readout solved again`],
    ...byProblem(rows).map(([name, own]) => {
      const at = (b: number, of: keyof Errors): string =>
        shown(own.map(({ quantised }) => quantised.find((q) => q.bits === b)!.errors[of]))
      return [
        name,
        shown(own.map((r) => r.float.relativeL2)),
        ...bits.map((b) => at(b, 'relativeL2')),
        at(least, 'solved'),
      ]
    }),
  ]
}

const operators: StoredTable = ([first]) => {
  const { rows } = first as OperatorRun
  const bits = rows[0]!.quantised.map((q) => q.bits)
  return [
    ['DeepONet', 'untrained, readout solved', 'floats', ...bits.map((b) => `${b} bits`)],
    ...byProblem(rows).map(([name, own]) => [
      name,
      shown(own.map((r) => r.baselineRidge)),
      shown(own.map((r) => r.float)),
      ...bits.map((b) => shown(own.map(({ quantised }) => quantised.find((q) => q.bits === b)!.relativeL2))),
    ]),
  ]
}

/** The tables by name. */
export const quantisedTables: Readonly<Record<string, StoredTable>> = {
  'quantised networks': networks,
  'quantised operators': operators,
}

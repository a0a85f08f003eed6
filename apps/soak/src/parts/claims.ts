import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { mix } from '../randomOf.js'
import type { Part } from './part.js'

/** Rounds of takers in a round of the soak. */
const ROUND = 250

type Played = Readonly<Record<'double' | 'none' | 'stolen' | 'overlaps' | 'errors', number>> & {
  readonly firstError: string | null
}
type ClaimRounds = {
  bundleClaim(folder: string): Promise<string>
  playRounds(options: { claim: string; rounds: number; key: number }): Promise<Played>
}

/** Two to eight processes, as if on several hosts, claim one run folder at the same time: exactly one holds it. */
export const claims: Part = {
  name: 'claims',
  unit: 'rounds of two to eight takers of a run folder',
  target: 20_000,
  async open({ key, root, folder }) {
    const script = pathToFileURL(join(root, 'packages/train/scripts/claimRounds.mjs')).href
    const { bundleClaim, playRounds } = (await import(script)) as ClaimRounds
    const claim = await bundleClaim(folder)
    return {
      async round(index) {
        const how = { key: mix(key, index) & 0x7fffffff, rounds: ROUND }
        const { double, none, stolen, overlaps, errors, firstError } = await playRounds({ claim, ...how })
        const faults = {
          'rounds with two holders': double,
          'rounds with no holder': none,
          'rounds in which a live holder on another host lost the folder': stolen,
          'holders that met another': overlaps,
          [`errors: ${firstError ?? ''}`]: errors,
        }
        const findings = Object.entries(faults).flatMap(([what, n]) => (n === 0 ? [] : [{ what: `${n} ${what}`, how }]))
        return { tries: ROUND, found: findings, counts: { 'two holders': double } }
      },
    }
  },
}

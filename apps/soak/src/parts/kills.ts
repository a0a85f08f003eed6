import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Random, mix, randomOf } from '../randomOf.js'
import type { Finding, Outcome, Part } from './part.js'
import { command, endOf, live, undisturbed, until } from './processes.js'

/** A program that trains in a folder, and continues where it was killed. */
type Victim = { readonly name: string; args(folder: string): readonly string[] }

const victimsOf = (root: string, key: number): readonly Victim[] => [
  ...['reference', 'cpu', 'native'].map(
    (backend): Victim => ({
      name: `fit and record, ${backend}`,
      args: (folder) => [fileURLToPath(new URL('parts/trainee.js', import.meta.url)), folder, String(key), backend],
    }),
  ),
  {
    name: 'the command train and resume, native',
    args: (folder) => command(root, existsSync(folder) ? 'resume' : 'train', folder, { key, steps: 400, every: 5 }),
  },
]

/** The newest claim in a run folder, 0 if there is none. */
async function newestClaim(folder: string): Promise<number> {
  const names = await readdir(join(folder, '.claim')).catch(() => [])
  return Math.max(0, ...names.map(Number).filter(Number.isFinite))
}

/** The largest number of kills after which a run must have reached its end. */
const MOST = 1000

/**
 * Kills one run repeatedly at random moments until it reaches its end, and compares the end with that of an
 * uninterrupted run.
 *
 * @param calm milliseconds that the run takes undisturbed
 */
async function chain(
  { name, args }: Victim,
  folder: string,
  { whole, calm }: { readonly whole: string; readonly calm: number },
  random: Random,
  how: Finding['how'],
): Promise<Outcome> {
  let kills = 0
  let fault: string | null = null
  for (let code: number | null = null; code === null && fault === null; ) {
    const claimed = await newestClaim(folder)
    const early = random(5) === 0
    // The delay grows, because otherwise a loaded machine might never reach the next checkpoint.
    const delay = (early ? random(calm) : random(calm / 8)) * 1.02 ** kills
    const ended = await live(args(folder), {
      async kill(gone) {
        // Four of five kills wait until the process has claimed the folder, so that they hit training.
        await until(async () => early || gone() || (await newestClaim(folder)) !== claimed)
        const end = performance.now() + delay
        await until(() => gone() || performance.now() >= end)
      },
    })
    code = ended.code
    if (code === null && ++kills > MOST) fault = `the run did not reach its end after ${MOST} kills`
    if (code !== null && code !== 0) fault = `exit code ${code}: ${ended.err.slice(0, 500)}`
  }
  if (fault === null && (await endOf(folder)) !== whole) fault = `the end differs after ${kills} kills`
  const findings = fault === null ? [] : [{ what: fault, how }]
  return { tries: kills, found: findings, counts: { [name]: kills, 'runs compared': 1 } }
}

/** SIGKILL of training at random moments: the continued run ends with the bits of the uninterrupted run. */
export const kills: Part = {
  name: 'kills',
  unit: 'processes killed while they train',
  target: 1000,
  async open({ key, root, folder }) {
    const victims = victimsOf(root, key & 0xffff)
    const ends = new Map<Victim, Awaited<ReturnType<typeof undisturbed>>>()
    return {
      async round(index) {
        const victim = victims[index % victims.length]!
        const first = join(folder, `whole-${ends.size}`)
        const end = ends.get(victim) ?? (await undisturbed(victim.args(first), first))
        ends.set(victim, end)
        const place = join(folder, `run-${index}`)
        const how = { victim: victim.name, key, round: index }
        const outcome = await chain(victim, place, end, randomOf(mix(key, index)), how)
        await rm(place, { recursive: true, force: true })
        return outcome
      },
    }
  },
}

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { decodeCheckpoint } from '@spikeward/train'
import { mix, randomOf } from '../randomOf.js'
import type { Random } from '../randomOf.js'
import type { Context, Found, Outcome, Part } from './part.js'

/** A program that trains in a folder, and continues where it was killed. */
export type Victim = { readonly name: string; args(folder: string): readonly string[] }

const victimsOf = (root: string, key: number): readonly Victim[] => [
  ...['reference', 'cpu', 'native'].map(
    (backend): Victim => ({
      name: `fit and record, ${backend}`,
      args: (folder) => [fileURLToPath(new URL('parts/trainee.js', import.meta.url)), folder, String(key), backend],
    }),
  ),
  {
    name: 'the command train and resume, native',
    args: (folder) => {
      const program = join(root, 'apps/cli/dist/main.js')
      if (existsSync(folder)) return [program, 'resume', folder, '--json', '--quiet']
      const sizes = ['--backend', 'native', '--threads', '1', '--hidden', '6,5', '--time', '4', '--batch', '8']
      const steps = ['--steps', '400', '--checkpoint-every', '5', '--key', String(key)]
      return [program, 'train', 'parabola', ...sizes, ...steps, '--out', folder, '--json', '--quiet']
    },
  },
]

/** The state of a run that must not depend on interruptions: all tensors, and the losses in the metrics. */
export async function endOf(folder: string): Promise<string> {
  const { step, tensors } = decodeCheckpoint(await readFile(join(folder, 'checkpoint.safetensors')))
  const bits = [...tensors].map(
    ([path, { data }]) => `${path} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')}`,
  )
  const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n')
  const losses = lines.map((line) => {
    const { step: at, loss, relativeL2 } = JSON.parse(line) as { step: number; loss?: number; relativeL2?: number }
    return `${at} ${loss ?? ''} ${relativeL2 ?? ''}`
  })
  return [String(step), ...bits.sort(), ...losses].join('\n')
}

type Life = { readonly code: number | null; readonly signal: string | null; readonly err: string }

/** Starts the victim. `kill` determines when it is killed; it resolves immediately if the process has ended. */
async function live(args: readonly string[], kill: (gone: () => boolean) => Promise<void>): Promise<Life> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let err = ''
  child.stderr.on('data', (text: Buffer) => (err += text.toString()))
  const ended = new Promise<Life>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, err })))
  const gone = (): boolean => child.exitCode !== null || child.signalCode !== null
  await kill(gone)
  if (!gone()) child.kill('SIGKILL')
  return ended
}

/** The newest claim in a run folder, 0 if there is none. */
async function newestClaim(folder: string): Promise<number> {
  const names = await readdir(join(folder, '.claim')).catch(() => [])
  return Math.max(0, ...names.map(Number).filter(Number.isFinite))
}

/**
 * Kills one run repeatedly at random moments until it reaches its end, and compares the end with that of an
 * uninterrupted run.
 *
 * @param calm milliseconds that the run takes undisturbed
 */
async function chain(
  victim: Victim,
  folder: string,
  whole: string,
  calm: number,
  random: Random,
  how: Found['how'],
): Promise<Outcome> {
  let kills = 0
  const found: Found[] = []
  for (;;) {
    const claimed = await newestClaim(folder)
    const early = random(5) === 0
    // The delay grows, because otherwise a loaded machine might never reach the next checkpoint.
    const delay = (early ? random(calm) : random(calm / 8)) * 1.02 ** kills
    const { code, err } = await live(victim.args(folder), async (gone) => {
      // Four of five kills wait until the process has claimed the folder, so that they hit training.
      while (!early && !gone() && (await newestClaim(folder)) === claimed) await sleep(5)
      const until = performance.now() + delay
      while (!gone() && performance.now() < until) await sleep(5)
    })
    if (code === 0) break
    if (code !== null) {
      found.push({ what: `exit code ${code}: ${err.slice(0, 500)}`, how })
      break
    }
    kills++
    if (kills > 1000) {
      found.push({ what: 'the run did not reach its end after 1000 kills', how })
      break
    }
  }
  if (found.length === 0 && (await endOf(folder)) !== whole)
    found.push({ what: `the end differs after ${kills} kills`, how })
  return { tries: kills, found, counts: { [victim.name]: kills, 'runs compared': 1 } }
}

/** SIGKILL of training at random moments: the continued run ends with the bits of the uninterrupted run. */
export const kills: Part = {
  name: 'kills',
  unit: 'processes killed while they train',
  target: 1000,
  async open({ key, root, folder }: Context) {
    const victims = victimsOf(root, key & 0xffff)
    const ends = new Map<string, { readonly whole: string; readonly calm: number }>()
    const wholeOf = async (victim: Victim) => {
      const known = ends.get(victim.name)
      if (known !== undefined) return known
      const place = join(folder, `whole-${ends.size}`)
      const began = performance.now()
      const { code, err } = await live(victim.args(place), async (gone) => {
        while (!gone()) await sleep(20)
      })
      if (code !== 0) throw new Error(`${victim.name} cannot train at all: ${err.slice(0, 500)}`)
      const calm = Math.max(100, Math.round(performance.now() - began))
      const end = { whole: await endOf(place), calm }
      ends.set(victim.name, end)
      return end
    }
    return {
      async round(index) {
        const random = randomOf(mix(key, index))
        const victim = victims[index % victims.length]!
        const { whole, calm } = await wholeOf(victim)
        const place = join(folder, `run-${index}`)
        const outcome = await chain(victim, place, whole, calm, random, { victim: victim.name, key, round: index })
        await rm(place, { recursive: true, force: true })
        return outcome
      },
      close: async () => {},
    }
  },
}

import { resolve } from 'node:path'
import { sourceOf, thisMachine } from '@spikeward/train/node'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { type Accuracy, measureAccuracy } from './measureAccuracy.js'
import { everyBackend } from './parts/programs.js'
import { type SoakOptions, parts, soak } from './soak.js'
import type { SessionSummary } from './summary.js'

/** Where the command writes. */
export type Io = { readonly out: (text: string) => void; readonly err: (text: string) => void }

const numberFrom =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text)
    if (Number.isInteger(value) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`give a whole number from ${least} to ${most}`)
  }

const positive = (text: string): number => {
  if (Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('give a number above 0')
}

function chosen(text: string): SoakOptions['parts'] {
  const names = text.split(',')
  const unknown = names.find((name) => !parts.some((p) => p.name === name))
  if (unknown !== undefined)
    throw new InvalidArgumentError(`there is no part "${unknown}"; parts: ${parts.map((p) => p.name).join(', ')}`)
  return parts.filter((p) => names.includes(p.name))
}

/** A session in words: a line for each part, and where the rest is. */
function inWords({ parts: played, found, seconds }: SessionSummary, out: string): string {
  const lines = Object.entries(played).map(([name, { tries, failures, unit, skipped }]) =>
    skipped === undefined ? `${name}: ${tries} × ${unit}, ${failures} failed` : `${name}: skipped: ${skipped}`,
  )
  return `${lines.join('\n')}\n${found.length} failures in ${seconds} s; the session is in ${out}\n`
}

/**
 * Runs the command line: the result goes to standard output, as one JSON object with `--json`, each finding to standard
 * error.
 *
 * @returns 0 if nothing was found, 1 if something was, 2 for wrong usage
 */
export async function runSoak(args: readonly string[], root: string, io: Io): Promise<0 | 1 | 2> {
  const program = new Command('soak')
    .description('Kills, damaged files, random programs and long training, until the time is over.')
    .option('--minutes <n>', 'how long; default: 10, or as long as --cases need', positive)
    .option('--cases <n>', 'tries after which a part ends', numberFrom(1))
    .option('--key <n>', 'key of all random numbers; default: the number of the session', numberFrom(0, 0xffffffff))
    .option('--parts <names>', `some of ${parts.map((p) => p.name).join(', ')}; default: all`, chosen)
    .option('--out <file>', 'the summary that the session is added to', 'reports/soak.json')
    .option('--json', 'print the session as one JSON object')
    .option('--accuracy', 'measure the errors of f32 operations on every backend instead, and print them as JSON')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
  try {
    program.parse(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    throw error
  }
  const o = program.opts<
    Partial<SoakOptions> & { readonly out: string; readonly json?: true; readonly accuracy?: true }
  >()
  if (o.accuracy) {
    const begun = new Date().toISOString()
    const errors: Record<string, Accuracy> = {}
    for (const { name, backend } of await everyBackend()) errors[name] = await measureAccuracy(backend)
    const { commit, dirty } = sourceOf(root)
    io.out(`${JSON.stringify({ commit, dirty, begun, machine: thisMachine(), node: process.version, errors })}\n`)
    return 0
  }
  const session = await soak({
    minutes: o.minutes ?? (o.cases === undefined ? 10 : Infinity),
    cases: o.cases ?? null,
    key: o.key ?? null,
    parts: o.parts ?? parts,
    out: resolve(o.out),
    root,
    report: (line) => io.err(`${line}\n`),
  })
  io.out(o.json ? `${JSON.stringify(session)}\n` : inWords(session, o.out))
  return session.found.length > 0 ? 1 : 0
}

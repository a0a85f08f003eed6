import { rm } from 'node:fs/promises'
import { arch, cpus, freemem, platform, totalmem } from 'node:os'
import type { Command } from 'commander'
import { rememberedChoices } from '@spikeward/backend-auto'
import { choicesPath, fileMemory } from '@spikeward/backend-auto/node'
import { type Backend, UnavailableError, flag, matmul, normal, key as keyOf } from '@spikeward/core'
import { type FlagsOf, exitCodes, factories, jsonFlag, openBackend } from '@spikeward/experiment'
import { addFlags } from '../usage/addFlags.js'
import type { Context } from '../io/processIo.js'
import { showChoices } from '../io/showChoices.js'

type Report = {
  readonly backend: string
  readonly works: boolean
  /** Whether it is available: a missing backend is not a failure. */
  readonly there: boolean
  /** The reason why it is unavailable or fails; empty if it works. */
  readonly reason: string
  readonly capabilities: Backend['capabilities'] | null
  /** Products of a 128×128 matrix, in billions of operations per second. */
  readonly gflops: number | null
}

const SIZE = 128

/** Multiplies matrices for about half a second and compares one product with plain loops in double precision. */
async function check(backend: Backend): Promise<number> {
  const root = keyOf(7, { backend })
  const [a, b] = root.split(2).map((k) => normal(k, [SIZE, SIZE]))
  if (a === undefined || b === undefined) throw new Error('a key did not split')
  const [x, y, product] = await Promise.all([a.data(), b.data(), matmul(a, b).data()])
  for (let n = 0; n < SIZE; n++) {
    let sum = 0
    for (let k = 0; k < SIZE; k++) sum += (x[n * SIZE + k] ?? 0) * (y[k * SIZE + n] ?? 0)
    const entry = product[n * SIZE + n] ?? Number.NaN
    if (!(Math.abs(entry - sum) <= 1e-3)) throw new Error(`a product is wrong: ${entry} instead of ${sum}`)
  }
  const begun = performance.now()
  let runs = 0
  while (performance.now() - begun < 500) {
    const c = matmul(a, b)
    await c.data()
    c.dispose()
    runs++
  }
  return (2 * SIZE ** 3 * runs) / (performance.now() - begun) / 1e6
}

async function examine(name: string): Promise<Report> {
  try {
    await using backend = await openBackend(name, null)
    const { capabilities } = backend
    return { backend: name, works: true, there: true, reason: '', capabilities, gflops: await check(backend) }
  } catch (error) {
    return {
      backend: name,
      works: false,
      there: !(error instanceof UnavailableError),
      reason: error instanceof Error ? error.message : String(error),
      capabilities: null,
      gflops: null,
    }
  }
}

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`

function describeReport({ backend, works, there, reason, capabilities, gflops }: Report, memoryBytes: number): string {
  if (!there) return `${backend}: not available: ${reason}\n`
  if (!works || capabilities === null) return `${backend}: fails: ${reason}\n`
  const { dtypes, threads, features, maxTotalBytes } = capabilities
  return (
    `${backend}: works, ${gflops?.toFixed(2)} GFLOP/s on small products; ${dtypes.join(', ')}; threads ${threads}; ` +
    `${features.join(', ') || 'no special features'}; up to ${gib(Math.min(maxTotalBytes, memoryBytes))}\n`
  )
}

function placeOfChoices(): string | null {
  try {
    return choicesPath()
  } catch {
    return null
  }
}

const doctorFlags = {
  ...jsonFlag,
  forget: flag({ default: false, help: 'forget what `--backend auto` measured: the next run measures again' }),
}

export function addDoctor(program: Command, { io, done }: Context): void {
  const command = program
    .command('doctor')
    .description(
      'show this machine, the capabilities of each backend or why it is unavailable, and what `--backend auto` measured; each check takes about a second',
    )
  addFlags(command, doctorFlags).action(async ({ json, forget }: FlagsOf<typeof doctorFlags>) => {
    const memory = placeOfChoices()
    if (forget && memory !== null) await rm(memory, { force: true })
    const choices = await rememberedChoices(fileMemory())
    const machine = {
      node: process.version,
      platform: `${platform()} ${arch()}`,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem(),
      freeBytes: freemem(),
    }
    const show = (text: string): void => {
      if (!json) io.out(text)
    }
    show(
      `node ${machine.node} on ${machine.platform}, ${machine.cpu}, ${machine.cores} cores, ${gib(machine.memoryBytes)} of memory\n`,
    )
    const reports: Report[] = []
    for (const name of Object.keys(factories.backend)) {
      const report = await examine(name)
      reports.push(report)
      // At once: the driver of the next backend might end the process.
      show(describeReport(report, machine.memoryBytes))
    }
    if (json) io.out(`${JSON.stringify({ ...machine, backends: reports, choices })}\n`)
    else io.out(showChoices(choices, memory))
    done(reports.every(({ works, there }) => works || !there) ? exitCodes.done : exitCodes.failed)
  })
}

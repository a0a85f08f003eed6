/**
 * Training over the ranks of mpirun: one result, the same parameters for any number of ranks, and what is left where a
 * rank dies.
 *
 *     RANK_KILLS=50 npx vitest run apps/cli/test/ranks/ranks.test.ts -t killed
 *
 * kills 50 jobs; every second one trains by back-propagation, which sends a gradient. RANK_FAULTS_OUT=<file> receives
 * the counts.
 */
import { spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeCheckpoint } from '@spikeward/train'
import { type Ended, bundleProgram, start } from '../program.js'

const inDistributed = (path: string): string =>
  fileURLToPath(new URL(`../../../../packages/distributed/${path}`, import.meta.url))

const nativeAddon = fileURLToPath(new URL('../../../../packages/backend-native/build/spikeward.node', import.meta.url))

/** Why there are no MPI jobs on this machine, or null. */
function whyNoMpi(): string | null {
  if (spawnSync('mpirun', ['--version']).error !== undefined) return 'mpirun was not found; apt-get install openmpi-bin'
  spawnSync(process.execPath, [inDistributed('scripts/build-mpi.mjs')], { stdio: 'ignore' })
  return existsSync(inDistributed('build/mpi.node')) ? null : readFileSync(inDistributed('build/outcome.txt'), 'utf8')
}

const reason = whyNoMpi()
const folder = mkdtempSync(join(tmpdir(), 'spikeward-ranks-'))
const place = (name: string): string => join(folder, name)
const kills = Number(process.env['RANK_KILLS'] ?? 1)
/** A series of kills spreads over more steps. */
const steps = kills > 1 ? 60 : 24
const killsAtOnce = 10
/** Only ends a test that hangs. */
const timeout = 600_000 + kills * 60_000
/** The methods of the runs that are killed: only the first for a single try. */
const wholeRuns: readonly Method[] = kills > 1 ? ['rfg', 'bp'] : ['rfg']
let program = ''

const train = (name: string, method: Method, ...more: string[]): string[] => [
  ...['train', 'parabola', ...methods[method], '--time', '2', '--batch', '16', '--shares', 'batch:4'],
  ...['--steps', String(steps), '--checkpoint-every', '3', '--out', place(name), '--json', '--quiet', '--no-figures'],
  ...['--baselines', 'none', ...more],
]

/** How networks learn: ranks send a number for each direction, or a gradient in more than one part. */
const methods = {
  rfg: ['--backend', 'reference', '--directions', '2', '--hidden', '6,5'],
  bp: ['--backend', 'cpu', '--estimator', 'bp', '--hidden', '140,130'],
} as const
type Method = keyof typeof methods

/** All learned numbers and moments at the end of a run, as text that differs if any bit does. */
function endOf(name: string): string {
  const { step, tensors } = decodeCheckpoint(readFileSync(join(place(name), 'checkpoint.safetensors')))
  const bits = [...tensors].map(
    ([path, { data }]) => `${path} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')}`,
  )
  return `${step}\n${bits.sort().join('\n')}`
}

/**
 * Runs a command on a number of ranks.
 *
 * @param command a shell's words; `$OMPI_COMM_WORLD_RANK` is the rank
 * @param started how a rank starts the program, in the same words
 */
function job(
  size: number,
  command: string,
  started = `${process.execPath} ${program}`,
): { readonly ended: Promise<Ended>; pidOf(rank: number): number | null } {
  const pids = mkdtempSync(join(folder, 'pids-'))
  const script = `echo $$ > ${pids}/$OMPI_COMM_WORLD_RANK; exec ${started} ${command}`
  const child = spawn('mpirun', ['-n', String(size), '--oversubscribe', '--allow-run-as-root', 'sh', '-c', script], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, OMPI_MCA_btl: 'self,sm', SPIKEWARD_MPI: inDistributed('build/mpi.node') },
  })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  return {
    ended: new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, out, err }))),
    pidOf(rank) {
      const file = join(pids, String(rank))
      const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
      return text === '' ? null : Number(text)
    },
  }
}

const metricsOf = (name: string): string => {
  const path = join(place(name), 'metrics.jsonl')
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/**
 * Starts a run of two ranks and signals one of them once it has gone this far. On a busy machine the run may have ended
 * before: then it starts again, so that each signal meets a run in progress.
 */
async function signalAt(
  name: string,
  args: readonly string[],
  step: number,
  rank: number,
  signal: NodeJS.Signals,
): Promise<ReturnType<typeof job>> {
  for (;;) {
    const running = job(2, args.join(' '))
    let ended: Ended | null = null
    void running.ended.then((end) => (ended = end))
    while (ended === null && !metricsOf(name).includes(`"step":${step},`)) await sleep(5)
    const isOver = metricsOf(name).includes(`"step":${steps},`)
    if (ended === null && !isOver) process.kill(running.pidOf(rank)!, signal)
    if (!isOver) return running
    await running.ended
    rmSync(place(name), { recursive: true })
  }
}

/** The outcome of a job whose rank was killed. */
type Killed = {
  /** Whether it ended with a message that names the rank. */
  readonly told: boolean
  /** Whether it continued to the bits of a run without a fault. */
  readonly sameBits: boolean
  /** From the kill to the end of the job. */
  readonly seconds: number
  /** How the processes ended that did neither. */
  readonly others: readonly { readonly name: string }[]
}

/** Try i: kills a rank of a job, and continues with one, two or three processes. */
async function killAndResume(i: number): Promise<Killed> {
  const name = `killed-${i}`
  const method = wholeRuns[i % wholeRuns.length]!
  const step = 4 + ((i * 17) % (steps - 20))
  const running = await signalAt(name, train(name, method), step, (i >> 1) % 2, 'SIGKILL')
  const begun = performance.now()
  const killed = await running.ended
  const seconds = (performance.now() - begun) / 1000
  const told = killed.code !== 0 && /rank [01] with PID .* exited on\s+signal 9/.test(killed.err)
  const resume = ['resume', place(name), '--json', '--quiet', '--no-figures']
  const next = i % 3 === 0 ? start(program, resume, folder) : job(1 + (i % 3), resume.join(' '))
  const resumed = await next.ended
  const sameBits = resumed.code === 0 && resumed.err === '' && endOf(name) === endOf(`whole-${method}`)
  rmSync(place(name), { recursive: true, force: true })
  const others = [...(told ? [] : [{ name, killed }]), ...(sameBits ? [] : [{ name, resumed }])]
  return { told, sameBits, seconds, others }
}

beforeAll(async () => {
  if (reason !== null) return
  program = await bundleProgram()
  for (const method of wholeRuns) {
    const { code, err } = await start(program, train(`whole-${method}`, method), folder).ended
    expect([code, err]).toEqual([0, ''])
  }
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  if (program !== '') rmSync(dirname(program), { recursive: true, force: true })
})

describe('mpirun', () => {
  test('three ranks print one result and learn the parameters of one process, bit for bit', async (context) => {
    if (reason !== null) context.skip(reason)
    const { code, out, err } = await job(3, train('ranks', 'rfg').join(' ')).ended
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(out)).toMatchObject({ run: place('ranks'), steps })
    expect(endOf('ranks')).toBe(endOf('whole-rfg'))
  })

  test('two ranks learn the parameters of one process by gradients, bit for bit', async (context) => {
    if (reason !== null) context.skip(reason)
    const short = ['--steps', '6']
    const alone = start(program, train('alone', 'bp', ...short), folder)
    const both = job(2, train('both', 'bp', ...short).join(' '))
    for (const { code, err } of await Promise.all([alone.ended, both.ended])) expect([code, err]).toEqual([0, ''])
    expect(endOf('both')).toBe(endOf('alone'))
  })

  test('a killed rank ends the job, and any number of ranks continues to the same bits', {
    timeout,
  }, async (context) => {
    if (reason !== null) context.skip(reason)
    const tries: Killed[] = []
    for (let i = 0; i < kills; i += killsAtOnce) {
      const group = Array.from({ length: Math.min(killsAtOnce, kills - i) }, (_, k) => killAndResume(i + k))
      tries.push(...(await Promise.all(group)))
    }
    const found = {
      tries: kills,
      told: tries.filter((t) => t.told).length,
      sameBits: tries.filter((t) => t.sameBits).length,
      others: tries.flatMap((t) => t.others),
    }
    const out = process.env['RANK_FAULTS_OUT']
    // The output of a process has paths of this machine: names are stored.
    const others = found.others.map(({ name }) => name)
    if (out !== undefined)
      writeFileSync(out, JSON.stringify({ ...found, others, seconds: tries.map((t) => t.seconds) }))
    expect(found).toEqual({ tries: kills, told: kills, sameBits: kills, others: [] })
  })

  test('a rank that hangs is found, and the message tells how to continue', async (context) => {
    if (reason !== null) context.skip(reason)
    const running = await signalAt('hung', train('hung', 'rfg', '--rank-timeout', '10'), 4, 1, 'SIGSTOP')
    const { code, err } = await running.ended
    expect(code).toBe(1)
    expect(err).toContain('rank 0 of 2 waited 10 s')
    expect(err).toContain(`spikeward resume ${place('hung')} [RANK_TIMEOUT]`)
  })

  test('a full disk of rank 0 is reported with its code, and the job ends', async (context) => {
    if (reason !== null) context.skip(reason)
    const full = fileURLToPath(new URL('../training/fullDisk.mjs', import.meta.url))
    const started = `env FULL_DISK=${place('full')} ${process.execPath} --import ${full} ${program}`
    const { code, err } = await job(2, train('full', 'rfg').join(' '), started).ended
    // Open MPI writes its own notices into the same line, before it or after it.
    expect(err).toMatch(/error: [^\n]*the last good checkpoint is of step 3, [^\n]* \[DISK_FULL\]/)
    expect(err).not.toContain('SuppressedError')
    expect(code).not.toBe(0)
  })

  test('ranks with different command lines are refused before anything is written', async (context) => {
    if (reason !== null) context.skip(reason)
    const { code, err } = await job(2, `${train('different', 'rfg').join(' ')} --key $OMPI_COMM_WORLD_RANK`).ended
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^error: ranks 0 and 1 differ in their command line: .*RANKS_DIFFER/),
    ])
    expect(existsSync(place('different'))).toBe(false)
  })

  test('ranks whose files differ are refused before anything is written, and the file is named', async (context) => {
    if (reason !== null) context.skip(reason)
    for (const rank of [0, 1]) {
      mkdirSync(place(`rank-${rank}`))
      const source = `export const mine = () => ({ name: 'mine', smoothness: 0, support: 'full', slope: (u) => u }) // ${rank}\n`
      writeFileSync(place(`rank-${rank}/mine.mjs`), source)
    }
    const command = [...train('files', 'rfg'), '--surrogate', './mine.mjs#mine'].map((word) => `'${word}'`).join(' ')
    const started = `env -C ${folder}/rank-$OMPI_COMM_WORLD_RANK ${process.execPath} ${program}`
    const { code, err } = await job(2, command, started).ended
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(
        /^error: ranks 0 and 1 differ in their files: \w+ and \w+ \(another mine.mjs\);.*RANKS_DIFFER/,
      ),
    ])
    expect(existsSync(place('files'))).toBe(false)
  })

  test('ranks with different builds are refused before anything is written', async (context) => {
    if (reason !== null) context.skip(reason)
    const other = join(dirname(program), 'other.js')
    copyFileSync(program, other)
    appendFileSync(other, '// another build\n')
    const builds = `${process.execPath} $([ $OMPI_COMM_WORLD_RANK = 0 ] && echo ${program} || echo ${other})`
    const { code, err } = await job(2, train('builds', 'rfg').join(' '), builds).ended
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^error: ranks 0 and 1 differ in their build: .*RANKS_DIFFER/),
    ])
    expect(existsSync(place('builds'))).toBe(false)
  })

  test('without a named backend, any number of ranks and any cache give the same bits', async (context) => {
    if (reason !== null) context.skip(reason)
    if (!existsSync(nativeAddon)) context.skip('the native backend was not compiled')
    const ends: string[] = []
    for (const ranks of [1, 2]) {
      const name = `auto-${ranks}`
      const fresh = `env SPIKEWARD_NATIVE=${nativeAddon} XDG_CACHE_HOME=${mkdtempSync(join(folder, 'cache-'))} ${process.execPath} ${program}`
      // The last of two equal options counts.
      const { code, err } = await job(ranks, train(name, 'rfg', '--backend', 'auto').join(' '), fresh).ended
      expect(code, err).toBe(0)
      const stored = JSON.parse(readFileSync(join(place(name), 'config.json'), 'utf8')) as { readonly backend: string }
      ends.push(`${stored.backend} ${endOf(name)}`)
    }
    expect(ends[0]).toMatch(/^native /)
    expect(ends[1]).toBe(ends[0])
  })

  test('ranks whose addons were compiled differently are refused before anything is written', async (context) => {
    if (reason !== null) context.skip(reason)
    if (!existsSync(nativeAddon)) context.skip('the native backend was not compiled')
    for (const rank of [0, 1]) copyFileSync(nativeAddon, place(`${rank}.node`))
    appendFileSync(place('1.node'), 'compiled by another compiler')
    const own = `env SPIKEWARD_NATIVE=${folder}/$OMPI_COMM_WORLD_RANK.node ${process.execPath} ${program}`
    const { code, err } = await job(2, train('addons', 'rfg', '--backend', 'native').join(' '), own).ended
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^error: ranks 0 and 1 differ in their compiled addon: .*RANKS_DIFFER/),
    ])
    expect(existsSync(place('addons'))).toBe(false)
  })

  test('a usage error is reported once, and a command that trains nothing runs on rank 0 alone', async (context) => {
    if (reason !== null) context.skip(reason)
    const wrong = await job(2, 'train nosuch').ended
    expect([wrong.code, wrong.err.match(/no problem is called/g)?.length]).toEqual([2, 1])
    const { code, out } = await job(2, 'list').ended
    expect([code, out.match(/^problems/gm)?.length]).toEqual([0, 1])
  })
})

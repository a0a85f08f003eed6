import { rm } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Io } from '../io.js'
import { openBackend } from '../backends.js'
import { startJaxJs } from '../peers/jaxJs.js'
import type { Absent, Form, Peer } from '../peers/peer.js'
import { writeSpecification } from '../peers/specification.js'
import { startTorch } from '../peers/torch.js'
import { alternate, ratio } from '../rounds.js'
import type { Runner, Timing } from '../rounds.js'
import type { StepSettings } from '../settings.js'
import { count, someOf } from '../usage.js'
import { makeWorkload } from '../workload.js'
import type { Shared, Workload } from '../workload.js'
import { withStepOptions } from './options.js'
import type { StepOptions } from './options.js'

type Options = StepOptions & { readonly repeat: number; readonly peers: readonly ('torch' | 'jax-js')[] }

/** A peer's form beside us. */
export type PeerResult =
  | Absent
  | {
      readonly name: string
      readonly version: string
      readonly threads: number
      readonly form: string
      readonly byHand: boolean
      /** Whether it is the fastest form of this peer. */
      readonly best: boolean
      readonly medianMs: number
      readonly minMs: number
      /** Our time by theirs. */
      readonly ratio: number
    }

const start = { torch: startTorch, 'jax-js': startJaxJs } as const

/** Whether a form finds the loss and the derivative that we find, as far as f32 and a few spikes at the threshold go. */
export function agrees(form: Pick<Form, 'loss' | 'along'>, ours: Pick<Shared, 'loss' | 'along'>): boolean {
  const near = (a: number | null, b: number, tolerance: number): boolean =>
    a !== null && Math.abs(a - b) <= tolerance * Math.max(Math.abs(b), 0.1)
  return near(form.loss, ours.loss, 1e-3) && near(form.along, ours.along, 2e-2)
}

/** The fastest form of all, and the fastest that leaves the differentiation to the library: often the same. */
export function chosenForms(forms: readonly Form[]): readonly Form[] {
  const fastest = (some: readonly Form[]): Form[] =>
    some.length === 0 ? [] : [some.reduce((a, b) => (b.ms < a.ms ? b : a))]
  return [...new Set([...fastest(forms), ...fastest(forms.filter((f) => !f.byHand))])]
}

/** Asserts that every form of every peer computes the same step. */
function checkPeers(peers: readonly Peer[], ours: Shared): void {
  for (const { name, forms } of peers) {
    for (const form of forms) {
      if (agrees(form, ours)) continue
      throw new Error(
        `${name}, ${form.name}, is not the same step: its loss ${form.loss} and derivative ${form.along}, ours ${ours.loss} and ${ours.along}`,
      )
    }
  }
}

/** Times a step beside its peers. */
export async function timeStep(
  settings: StepSettings,
  options: Pick<Options, 'backend' | 'threads' | 'peers' | 'repeat'>,
) {
  await using backend = await openBackend(options.backend, options.threads)
  const workload = await makeWorkload(settings, backend, true)
  const shared = workload.shared as Shared
  const { folder, path } = await writeSpecification(settings, options.threads, shared.tensors)
  const started: (Peer | Absent)[] = []
  try {
    for (const name of options.peers) started.push(await start[name](path, options.threads))
    const peers = started.filter((p): p is Peer => 'forms' in p)
    checkPeers(peers, shared)
    const entries = peers.flatMap((peer) => chosenForms(peer.forms).map((form, i) => ({ peer, form, best: i === 0 })))
    const runners: Runner[] = [
      { name: 'spikeward', round: (n) => roundOf(workload, n) },
      ...entries.map(({ peer, form }) => ({ name: peer.name, round: (n: number) => peer.round(form.name, n) })),
    ]
    const [ours, ...theirs] = (await alternate(runners, options.repeat)) as [Timing, ...Timing[]]
    const results: PeerResult[] = [
      ...entries.map(({ peer, form, best }, i): PeerResult => {
        const timing = theirs[i] as Timing
        const { name, version, threads } = peer
        const { medianMs, minMs } = timing
        return {
          name,
          version,
          threads,
          form: form.name,
          byHand: form.byHand,
          best,
          medianMs,
          minMs,
          ratio: ratio(ours, timing),
        }
      }),
      ...started.filter((p): p is Absent => 'absent' in p),
    ]
    return {
      ...settings,
      backend: options.backend,
      threads: backend.capabilities.threads,
      medianMs: ours.medianMs,
      minMs: ours.minMs,
      ...workload.cost,
      peers: results,
    }
  } finally {
    for (const peer of started) if ('close' in peer) peer.close()
    await rm(folder, { recursive: true, force: true })
    workload.dispose()
  }
}

async function roundOf(workload: Workload, n: number): Promise<readonly number[]> {
  const times: number[] = []
  for (let i = 0; i < n; i++) {
    const begun = performance.now()
    await workload.step()
    times.push(performance.now() - begun)
  }
  return times
}

/** `step`: the time of a training step beside PyTorch and jax-js doing the same step, in alternating rounds. */
export function addStep(program: Command, io: Io): void {
  withStepOptions(program.command('step').description('time a training step, beside its peers, in alternating rounds'))
    .option('--repeat <n>', 'rounds', count, 8)
    .option('--peers <names>', 'torch, jax-js, both with a comma, or none', someOf('torch', 'jax-js'), [
      'torch',
      'jax-js',
    ])
    .action(async ({ json, backend, threads, peers, repeat, ...settings }: Options) => {
      const result = await timeStep(settings, { backend, threads, peers, repeat })
      const ms = (t: number): string => `${t.toFixed(2)} ms`
      const show = json ? io.err : io.out
      show(
        `${settings.estimator} ${settings.widths.join('-')}, T = ${settings.time}, batch ${settings.batch}, K = ${settings.directions}\n` +
          `spikeward on ${backend}, ${result.threads} threads: median ${ms(result.medianMs)}, least ${ms(result.minMs)}; ` +
          `${(result.flops / 1e9).toFixed(2)} GFLOP, ${(result.bytes / 2 ** 20).toFixed(1)} MiB moved a step\n`,
      )
      for (const peer of result.peers) {
        if ('absent' in peer) show(`${peer.name}: absent: ${peer.absent}\n`)
        else {
          const kind = peer.best ? 'its fastest form' : 'its own differentiation'
          show(
            `${peer.name} ${peer.version}, ${peer.threads} threads, ${peer.form} (${kind}): median ${ms(peer.medianMs)}, least ${ms(peer.minMs)}; ratio ours/theirs ${peer.ratio.toFixed(3)}\n`,
          )
        }
      }
      if (json) io.out(`${JSON.stringify(result)}\n`)
    })
}

/** Times a step and its peers. */
import { rm } from 'node:fs/promises'
import { deviceOf, instructionSetFor, openBackend } from '../backends.js'
import { type PeerName, peerEntries as known } from '../peers/registry.js'
import type { Absent, Form, Peer } from '../peers/peer.js'
import { writeSpecification } from '../peers/specification.js'
import { type Runner, type Timing, alternate, ratio, timesOf } from './alternate.js'
import type { StepSettings } from './stepSettings.js'
import type { Shared } from './shareStep.js'
import { makeWorkload } from './workload.js'

export type TimeStepOptions = {
  readonly backend: string
  readonly threads: number
  readonly peers: readonly PeerName[]
  readonly repeat: number
  /** Whether torch.compile is tried, which takes half a minute. */
  readonly compile: boolean
  /** The instruction set of the peers, and of the backend if it has a choice; default: each one's own choice. */
  readonly instructionSet?: string
}

export type PeerTiming = {
  readonly name: string
  readonly version: string
  readonly threads: number
  readonly form: string
  readonly byHand: boolean
  /** The adapter of its WebGPU; null if it does not use WebGPU. */
  readonly adapter: string | null
  /** Whether it is the fastest form of this peer. */
  readonly best: boolean
  /** All forms of this peer that ran; older stored runs lack it. */
  readonly forms?: readonly string[]
  readonly medianMs: number
  readonly minMs: number
  /** Our time divided by theirs. */
  readonly ratio: number
}

export type PeerResult = Absent | PeerTiming

export type StepResult = {
  readonly threads: number
  readonly medianMs: number
  readonly minMs: number
  readonly flops: number
  readonly bytes: number
  readonly workspaceBytes: number
  /** Dispatches of one step, if the backend counts them (webgpu). */
  readonly dispatches?: number
  /** The device that runs the step, as the backend names it: instruction sets, or a GPU's adapter. */
  readonly device: string
  /** The instruction set of a backend on the processor; null for a GPU. Runs stored before it existed lack it. */
  readonly instructionSet?: string | null
  readonly peers: readonly PeerResult[]
}

/** Whether a form finds our loss and derivative, up to f32 rounding and a few spikes at the threshold. */
export function agrees(form: Pick<Form, 'loss' | 'along'>, ours: Pick<Shared, 'loss' | 'along'>): boolean {
  const near = (a: number | null, b: number, tolerance: number): boolean =>
    a !== null && Math.abs(a - b) <= tolerance * Math.max(Math.abs(b), 0.1)
  return near(form.loss, ours.loss, 1e-3) && near(form.along, ours.along, 2e-2)
}

/** The fastest form of all, and the fastest that leaves differentiation to the library: often the same. */
export function chosenForms(forms: readonly Form[]): readonly Form[] {
  const fastest = (some: readonly Form[]): Form[] =>
    some.length === 0 ? [] : [some.reduce((a, b) => (b.ms < a.ms ? b : a))]
  return [...new Set([...fastest(forms), ...fastest(forms.filter((f) => !f.byHand))])]
}

/** Asserts that every form of every peer computes the same step. */
export function checkPeers(peers: readonly Peer[], ours: Pick<Shared, 'loss' | 'along'>): void {
  for (const { name, forms } of peers) {
    for (const form of forms) {
      if (agrees(form, ours)) continue
      throw new Error(
        `${name}, ${form.name}, does not compute the same step: its loss is ${form.loss} and its derivative ${form.along}, ours are ${ours.loss} and ${ours.along}`,
      )
    }
  }
}

/** Asserts that every peer on WebGPU uses our adapter. */
export function checkAdapters(peers: readonly Pick<Peer, 'name' | 'adapter'>[], ours: string): void {
  for (const { name, adapter } of peers) {
    if (adapter === null || adapter === ours) continue
    throw new Error(`${name} runs on another adapter: it uses ${adapter}, we use ${ours}`)
  }
}

/** Times the step and its peers in alternating rounds, after every peer has found our loss and derivative. */
export async function timeStep(
  settings: StepSettings,
  options: TimeStepOptions,
): Promise<{ readonly result: StepResult; readonly samples: Readonly<Record<string, readonly number[]>> }> {
  const instructionSet = instructionSetFor(options.backend, options.instructionSet)
  await using backend = await openBackend(options.backend, options.threads, instructionSet)
  const workload = await makeWorkload(settings, backend, true)
  const shared = workload.shared as Shared
  const { folder, path } = await writeSpecification(settings, options.threads, shared.tensors, {
    compile: options.compile,
    device: options.backend === 'webgpu' ? 'webgpu' : 'host',
  })
  const started: (Peer | Absent)[] = []
  try {
    for (const name of options.peers)
      started.push(await known[name].start('step', path, options.threads, options.instructionSet))
    const peers = started.filter((p): p is Peer => 'forms' in p)
    checkPeers(peers, shared)
    const device = deviceOf(backend)
    if (options.backend === 'webgpu') checkAdapters(peers, device)
    const entries = peers.flatMap((peer) => chosenForms(peer.forms).map((form, i) => ({ peer, form, best: i === 0 })))
    const runners: Runner[] = [
      { name: 'spikeward', round: (n) => timesOf(workload.step, n) },
      ...entries.map(({ peer, form }) => ({
        name: `${peer.name}: ${form.name}`,
        round: (n: number) => peer.round(form.name, n),
      })),
    ]
    const [ours, ...theirs] = (await alternate(runners, options.repeat)) as [Timing, ...Timing[]]
    const timings = entries.map(({ peer, form, best }, i): PeerTiming => {
      const { name, version, threads, adapter, forms } = peer
      const { rounds: _, ...times } = theirs[i] as Timing
      return {
        ...{ name, version, threads, form: form.name, byHand: form.byHand, adapter, best },
        ...{ forms: forms.map((f) => f.name), ...times, ratio: ratio(ours, theirs[i] as Timing) },
      }
    })
    return {
      result: {
        threads: backend.capabilities.threads,
        medianMs: ours.medianMs,
        minMs: ours.minMs,
        ...workload.cost,
        ...(workload.dispatches === null ? {} : { dispatches: workload.dispatches }),
        device,
        instructionSet: 'adapter' in backend ? null : (backend.capabilities.features[0] ?? null),
        peers: [...timings, ...started.filter((p): p is Absent => 'absent' in p)],
      },
      samples: Object.fromEntries([ours, ...theirs].map((t, i) => [runners[i]?.name ?? '', t.rounds])),
    }
  } finally {
    for (const peer of started) if ('close' in peer) peer.close()
    await rm(folder, { recursive: true, force: true })
    workload.dispose()
  }
}

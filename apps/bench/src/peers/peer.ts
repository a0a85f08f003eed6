import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** One form in which a peer takes the step, as reported when the peer starts. */
export type Form = {
  readonly name: string
  /** Best of a few steps. */
  readonly ms: number
  /** Null if it is not finite. */
  readonly loss: number | null
  /** The derivative of the loss along the direction of the step. Null if it is not finite. */
  readonly along: number | null
  /** Whether derivatives are written out by hand for this network, instead of by the library's own differentiation. */
  readonly byHand: boolean
}

/** Another library in a separate process that stays warm. */
export type Peer = {
  readonly name: string
  readonly version: string
  readonly threads: number
  /** The adapter of its WebGPU; null if it does not use WebGPU. */
  readonly adapter: string | null
  readonly forms: readonly Form[]
  /** Sends a line and waits for the answer. */
  ask(line: string): Promise<unknown>
  /** Takes n steps of a form and returns their times in ms. */
  round(form: string, n: number): Promise<readonly number[]>
  close(): void
}

export type Task = 'step' | 'train'

export type PeerEntry = {
  readonly about: string
  /**
   * Starts it on a task. To `step` it answers `n form` with the times of n steps, to `train` it answers
   * `steps key form` with the result of a whole training.
   *
   * @param specification path of the file that `writeSpecification` wrote
   * @param instructionSet `avx2` limits a peer with its own kernels to AVX2; by default it chooses by the processor
   */
  start(task: Task, specification: string, threads: number, instructionSet?: string): Promise<Peer | Absent>
}

/** A peer that cannot take part, and the reason. */
export type Absent = { readonly name: string; readonly absent: string }

export type PeerCommand = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** The line that names an error, else the last line. */
const reasonIn = (complaint: string): string => {
  const lines = complaint.trim().split('\n')
  return lines.findLast((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? ''
}

type Ready =
  | {
      readonly ready: true
      readonly version: string
      readonly threads: number
      readonly adapter?: string | null
      readonly forms: readonly Form[]
    }
  | { readonly ready: false; readonly reason: string }

export async function startPeer({ name, command, args, env }: PeerCommand): Promise<Peer | Absent> {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (text: Buffer) => (complaint = `${complaint}${text.toString()}`.slice(-2000)))
  const failure = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code) => resolve(`it ended with code ${code}: ${reasonIn(complaint)}`))
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async (): Promise<unknown> => {
    const line = await lines.next()
    if (line.done === true) throw new Error(`${name}: ${await failure}`)
    return JSON.parse(line.value)
  }
  const end = (): void => {
    child.stdin.end()
    child.kill()
  }
  const without = (absent: string): Absent => {
    end()
    return { name, absent }
  }
  try {
    const ready = (await answer()) as Ready
    if (!ready.ready) return without(ready.reason)
    // A form that overflows where ours does not is unusable.
    const forms = ready.forms.filter(({ loss, along }) => loss !== null && along !== null)
    if (forms.length === 0)
      return without(`every form of its step gives NaN: ${ready.forms.map((f) => f.name).join(', ')}`)
    const ask = async (line: string): Promise<unknown> => {
      child.stdin.write(`${line}\n`)
      return answer()
    }
    return {
      name,
      version: ready.version,
      threads: ready.threads,
      adapter: ready.adapter ?? null,
      forms,
      ask,
      round: async (form, n) => ((await ask(`${n} ${form}`)) as { readonly times: readonly number[] }).times,
      close: end,
    }
  } catch (error) {
    return without(error instanceof Error ? error.message : String(error))
  }
}

import { type Backend, SpikewardError, UnavailableError } from '@spikeward/core'

/** A case that failed, with what is needed to run it again. */
export type Finding = {
  /** The fault. */
  readonly what: string
  /** Settings that repeat the case: a key, a format, a backend. */
  readonly how: Readonly<Record<string, string | number>>
  /** The file that was read, in base64, if there is one. */
  readonly bytes?: string
}

/** The result of a round of a part. */
export type Outcome = {
  readonly tries: number
  readonly found: readonly Finding[]
  /** The number of tries by outcome, or other numbers to add up. */
  readonly counts: Readonly<Record<string, number>>
  /** Numbers of which only the newest is stored, such as memory. */
  readonly gauges?: Readonly<Record<string, number>>
}

/** The arguments of every part. */
export type Context = {
  readonly key: number
  /** The root of the checkout. */
  readonly root: string
  /** An empty folder for this part. */
  readonly folder: string
}

/** A part in progress: rounds of about a second to a few seconds each. */
export type Session = {
  round(index: number): Promise<Outcome>
  close?(): Promise<void>
}

/** One kind of endless test. */
export type Part = {
  readonly name: string
  /** The unit of one try. */
  readonly unit: string
  /** The goal for the number of tries. */
  readonly target: number
  /** The session, or the reason why this machine cannot run one. */
  open(context: Context): Promise<Session | string>
}

/** Whether the machine lacks a backend or its instruction set. */
export const isAbsent = (error: unknown): error is SpikewardError =>
  error instanceof UnavailableError || (error instanceof SpikewardError && error.code === 'UNSUPPORTED_INSTRUCTION_SET')

/** The reason why this machine cannot make a backend; null if it can. */
export async function lackOf(make: () => Promise<Backend>): Promise<string | null> {
  try {
    await (await make())[Symbol.asyncDispose]()
    return null
  } catch (error) {
    if (isAbsent(error)) return error.message
    throw error
  }
}

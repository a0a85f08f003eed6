import { type Backend, type StepTrial, SpikewardError, defineFactory, referenceBackend } from '@spikeward/core'
import type { BackendFactory, ChoiceMemory } from '../src/index.js'

/** A clock that only the test moves. */
export function simulatedClock(): { now: () => number; pass: (milliseconds: number) => void } {
  let time = 1000
  return {
    now: () => time,
    pass(milliseconds) {
      time += milliseconds
    },
  }
}

/** A memory in a variable. */
export function memoryInVariable(text: string | null = null): ChoiceMemory & { text(): string | null } {
  let kept = text
  return {
    load: () => kept,
    save(next) {
      kept = next
    },
    text: () => kept,
  }
}

/** The behaviour of a candidate in a test. */
export type Behaviour = {
  /** Milliseconds of compilation and of a step. */
  readonly compile?: number
  readonly step?: number
  readonly features?: readonly string[]
  /** The code with which it cannot be opened, or cannot run the step. */
  readonly unavailable?: string
  readonly refuses?: string
}

/** Candidates by name, the trial that passes their time, and counts of what was done with them. */
export function candidatesOf(behaviours: Readonly<Record<string, Behaviour>>, pass: (milliseconds: number) => void) {
  const opened: string[] = []
  const live = new Set<Backend>()
  const stepped: string[] = []
  const factories: BackendFactory[] = Object.entries(behaviours).map(([name, { features, unavailable }]) =>
    defineFactory({ kind: 'backend', name, summary: 'a backend of a test' }, () => async (): Promise<Backend> => {
      opened.push(name)
      if (unavailable !== undefined) throw new SpikewardError(unavailable, `${name} is not here; install it`)
      const base = referenceBackend()
      const backend: Backend = {
        ...base,
        name,
        capabilities: { ...base.capabilities, features: features ?? [] },
        async [Symbol.asyncDispose]() {
          live.delete(backend)
        },
      }
      live.add(backend)
      return backend
    }),
  )
  const trial = async ({ name }: Backend): Promise<StepTrial> => {
    const { compile = 10, step = 1, refuses } = behaviours[name]!
    if (refuses !== undefined) throw new SpikewardError(refuses, `${name} cannot run it; take another`)
    pass(compile)
    return {
      async run(steps) {
        stepped.push(name)
        pass(steps * step)
      },
      async [Symbol.asyncDispose]() {},
    }
  }
  return { factories, trial, opened, live, stepped }
}

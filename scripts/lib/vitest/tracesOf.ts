/** The parts of its process that a test can change for the tests after it. */

/** The value under each name; a function stands for itself. */
export type Traces = ReadonlyMap<string, unknown>

/** Vitest names its worker here. */
const ofVitest = /^VITEST/

/** Globals that tests replace: the clock, and what a page has or lacks. */
const globals = ['Date', 'setTimeout', 'setInterval', 'fetch', 'SharedArrayBuffer', 'Worker', 'document', 'navigator']

/** Ways to print that tests replace. */
const printed = ['log', 'info', 'warn', 'error'] as const

/** Signals that a command handles while it runs: one that is still handled does not end the process. */
const signals = ['SIGINT', 'SIGTERM'] as const

/**
 * The variables of the environment, the folder, the exit code, the handlers of signals, and the globals that tests
 * replace.
 */
export function tracesOf(): Traces {
  const environment = Object.entries(process.env).filter(([name]) => !ofVitest.test(name))
  return new Map<string, unknown>([
    ...environment.map(([name, value]) => [`process.env['${name}']`, value] as const),
    ...globals.map((name) => [`globalThis.${name}`, Reflect.get(globalThis, name)] as const),
    ...printed.map((name) => [`console.${name}`, Reflect.get(console, name)] as const),
    ...signals.map((name) => [`listeners of ${name}`, process.listenerCount(name)] as const),
    ['navigator.gpu', Reflect.get(globalThis.navigator ?? {}, 'gpu')],
    ['performance.now', Reflect.get(performance, 'now')],
    ['the current folder', process.cwd()],
    ['process.exitCode', process.exitCode],
  ])
}

/** A line for each trace that differs. */
export function changesOf(before: Traces, after: Traces): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `${name} was ${shown(before.get(name))} and is ${shown(after.get(name))}`)
}

const shown = (trace: unknown): string => (typeof trace === 'function' ? `a function '${trace.name}'` : String(trace))

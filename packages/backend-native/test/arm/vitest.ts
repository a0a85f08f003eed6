/**
 * The part of vitest that the tests of machine code and products use, for an emulated processor, on which vitest itself
 * would take minutes. Tests run in order, in one file and one process.
 */
import assert from 'node:assert/strict'

interface Test {
  readonly name: string
  readonly run: () => unknown
}
const tests: Test[] = []
const afterEachTest: (() => unknown)[] = []
const afterAllTests: (() => unknown)[] = []
const path: string[] = []

/** Fills in the arguments of a case: `%s` in its name is the first of them. */
const titled = (name: string, args: readonly unknown[]): string => name.replace('%s', () => String(args[0]))
const argumentsOf = (row: unknown): readonly unknown[] => (Array.isArray(row) ? row : [row])

type Run = (...args: never[]) => unknown
const each =
  (register: (name: string, run: () => unknown) => void) =>
  (rows: readonly unknown[]) =>
  (name: string, run: Run): void => {
    for (const row of rows) register(titled(name, argumentsOf(row)), () => run(...(argumentsOf(row) as never[])))
  }

function addTest(name: string, run: () => unknown): void {
  tests.push({ name: [...path, name].join(' > '), run })
}
function addSuite(name: string, body: () => unknown): void {
  path.push(name)
  body()
  path.pop()
}

export const test = Object.assign(addTest, { each: each(addTest) })
export const it = addTest
export const describe = Object.assign(addSuite, { each: each(addSuite) })
export const afterEach = (run: () => unknown): number => afterEachTest.push(run)
export const afterAll = (run: () => unknown): number => afterAllTests.push(run)

const stubbed = new Map<string, string | undefined>()
export const vi = {
  stubEnv(name: string, value: string): void {
    if (!stubbed.has(name)) stubbed.set(name, process.env[name])
    process.env[name] = value
  },
  unstubAllEnvs(): void {
    for (const [name, value] of stubbed) {
      if (value === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = value
    }
    stubbed.clear()
  },
}

const includes = (found: unknown, part: unknown): boolean =>
  typeof found === 'string' ? found.includes(String(part)) : (found as readonly unknown[]).includes(part)

/** The expectations that those tests state. */
export const expect = (found: unknown) => ({
  toBe: (wanted: unknown) => assert.ok(Object.is(found, wanted), `${String(found)} is not ${String(wanted)}`),
  toEqual: (wanted: unknown) => assert.deepEqual(found, wanted),
  toContain: (part: unknown) => assert.ok(includes(found, part), `${String(part)} is not in ${String(found)}`),
  toBeGreaterThan: (bound: number) => assert.ok(Number(found) > bound, `${String(found)} is not above ${bound}`),
  toBeLessThan: (bound: number) => assert.ok(Number(found) < bound, `${String(found)} is not below ${bound}`),
  toThrow: (message: RegExp) => assert.throws(found as () => void, message),
  not: {
    toContain: (part: unknown) => assert.ok(!includes(found, part), `${String(part)} is in ${String(found)}`),
  },
})

/**
 * Runs the registered tests whose names `chosen` accepts, prints each failure, and returns how many passed and failed.
 */
export async function runTests(
  chosen: (name: string) => boolean,
): Promise<{ readonly passed: number; readonly failed: number }> {
  let failed = 0
  const some = tests.filter(({ name }) => chosen(name))
  for (const { name, run } of some) {
    const begun = performance.now()
    try {
      await run()
    } catch (error) {
      failed++
      console.log(`FAILED ${name}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    }
    for (const after of afterEachTest) await after()
    const seconds = (performance.now() - begun) / 1000
    if (seconds > 3) console.log(`${seconds.toFixed(1)} s: ${name}`)
  }
  for (const after of afterAllTests) await after()
  return { passed: some.length - failed, failed }
}

/** Questions about an operator, which the inspecting worker answers from functions that it was given. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { drawnFunctions, functionsOf } from '../../src/drawnFunctions.js'
import type { Answer, Functions } from '../../src/protocol.js'
import { type Settings, contenderFor } from '../../src/settings/settings.js'
import { buildShared } from '../../src/worker/trainer.js'
import { buildForQuestions } from '../../src/worker/later/buildForQuestions.js'
import { type Question, makeQuestions } from '../../src/worker/later/questions.js'
import { smallOperator } from '../support/smallOperator.js'

/** The functions of settings, drawn as the training worker draws them. */
async function drawn(settings: Settings): Promise<Functions> {
  const found: Functions[] = []
  await buildShared(settings, { onDrawn: (functions) => void found.push(functions) })
  return found[0]!
}

/** Sends all messages at once, and returns the answers in order. */
async function answersTo(messages: readonly Question[]): Promise<Answer[]> {
  const answers: Answer[] = []
  await new Promise<void>((resolve) => {
    const look = makeQuestions((answer) => {
      answers.push(answer)
      if (answers.length === messages.length) resolve()
    })
    messages.forEach(look)
  })
  return answers.filter(({ id }) => id > 0)
}

const costOf = (id: number, settings: Settings): Question => ({
  ...{ id, name: 'cost' },
  question: { settings, contender: 0, timed: false },
})
const given = (functions: Functions | null): Question => ({ id: 0, name: 'take', question: functions })

const diffusion = smallOperator('diffusion')
const poisson = smallOperator('poisson1d')

describe('the inspecting worker', () => {
  beforeEach(() => {
    vi.stubGlobal('self', { location: { href: 'http://localhost/' }, crossOriginIsolated: false })
    vi.stubGlobal('navigator', { hardwareConcurrency: 1 })
  })
  afterEach(() => void vi.unstubAllGlobals())

  it('answers each question from the functions before it, and draws none', async () => {
    const [first, second] = [await drawn(diffusion), await drawn(poisson)]
    const messages = [given(first), costOf(1, diffusion), costOf(2, diffusion), given(second), costOf(3, poisson)]
    const answers = await answersTo(messages)
    expect(answers.map(({ id, fault }) => [id, fault])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, undefined],
    ])
    // It has no way to draw: a question without its functions is refused.
    const [refused, other] = await answersTo([costOf(1, diffusion), given(second), given(null), costOf(2, poisson)])
    expect([refused?.fault?.code, other?.fault?.code]).toEqual(['FUNCTIONS_MISSING', 'FUNCTIONS_MISSING'])
  })

  it('builds a network once for each T', async () => {
    const functions = await drawn(diffusion)
    const { build, take } = buildForQuestions()
    take(functions)
    const shared = await build(diffusion)
    expect(await build({ ...diffusion, steps: 9, contenders: [contenderFor('bp')] })).toBe(shared)
    expect(await build({ ...diffusion, time: 5 })).not.toBe(shared)
  })
})

describe('the functions of the page', () => {
  const of = functionsOf(diffusion)
  // Their sets are not read.
  const functionsBy = (name: string): Functions => ({ of: name, sets: {} as Functions['sets'] })

  it('are waited for, and released with their operator', async () => {
    const page = drawnFunctions()
    page.begin(of)
    const waiting = page.ready(of)
    page.take(functionsBy('an earlier run'))
    expect(page.held).toBeNull()
    page.take(functionsBy(of))
    await waiting
    // Another run of the same operator keeps them.
    page.begin(of)
    await page.ready(of)
    expect(page.held?.of).toBe(of)
    page.begin(null)
    expect(page.held).toBeNull()
    await expect(page.ready(of)).rejects.toThrow(/another run/)
  })

  it('refuse who waits for them if another run begins, or if they are not drawn', async () => {
    const page = drawnFunctions()
    page.begin(of)
    const waiting = page.ready(of)
    page.begin(functionsOf(poisson))
    await expect(waiting).rejects.toThrow(/another run/)
    const failing = page.ready(functionsOf(poisson))
    page.stop(new Error('the solver diverged'))
    await expect(failing).rejects.toThrow('the solver diverged')
    await expect(page.ready(functionsOf(poisson))).rejects.toThrow('the solver diverged')
  })
})

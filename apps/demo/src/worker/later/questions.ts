import { type Surrogate, tensor } from '@spikeward/core'
import { makePoint } from '@spikeward/experiment/points'
import { type Answer, type Functions, faultOf } from '../../protocol.js'
import { expression } from '../../settings/runOf.js'
import type { Settings } from '../../settings/settings.js'
import { startBackend } from '../backends.js'
import { buildForQuestions } from './buildForQuestions.js'
import { makeInspector } from './inspector.js'
import { makeCosine } from './makeCosine.js'
import { makeCost } from './makeCost.js'
import { makeExport, makeOnChip } from './deploy.js'
import { makeFronts } from './makeFronts.js'
import { makeOperators } from './makeOperators.js'
import { makeSequences } from './makeSequences.js'
import { type TwinQuestion, type TwinFrame, makeTwin } from './makeTwin.js'

/** Points of the curve, on [−2, 2]. */
const POINTS = 161

/** The slope of a surrogate as a function of the distance to the threshold. */
export async function slope({
  surrogate: name,
  surrogateOptions,
}: Pick<Settings, 'surrogate' | 'surrogateOptions'>): Promise<{
  readonly u: readonly number[]
  readonly slope: readonly number[]
}> {
  const u = Array.from({ length: POINTS }, (_, i) => -2 + (4 * i) / (POINTS - 1))
  const surrogate = makePoint('surrogate', expression(name, surrogateOptions)) as Surrogate
  const values = await surrogate.slope(tensor(u)).data()
  // A constant slope is one number.
  return { u, slope: u.map((_, i) => Number(values[values.length === 1 ? 0 : i])) }
}

/**
 * The answers to the page's questions, by name: what neurons do, how good an estimate is, what a step costs, what
 * operators predict.
 */
async function makeAnswers() {
  const { build, take } = buildForQuestions()
  // One thread, so that it does not slow down the training.
  const backend = await startBackend('cpu', 1)
  let twin: { readonly body: TwinQuestion['body']; readonly follow: ReturnType<typeof makeTwin> } | undefined
  return {
    slope,
    take: async (functions: Functions | null): Promise<void> => take(functions),
    inspect: makeInspector(backend, build),
    cosine: makeCosine(backend, build),
    cost: makeCost(backend, build),
    chip: makeOnChip(backend),
    export: makeExport(backend, build),
    operator: makeOperators(backend),
    fronts: makeFronts(backend),
    sequences: makeSequences(),
    twin: async (question: TwinQuestion): Promise<TwinFrame> => {
      const { body } = question
      if (twin?.body !== body) twin = { body, follow: makeTwin(backend, 0, body) }
      return (await twin.follow)(question)
    },
  }
}

/** Functions that answer questions, by name. */
export type Answers = Awaited<ReturnType<typeof makeAnswers>>

/** A question of the page with its number. */
export type Question = {
  readonly [N in keyof Answers]: { readonly id: number; readonly name: N; readonly question: Parameters<Answers[N]>[0] }
}[keyof Answers]

/** Answers questions one at a time, in order: functions belong to the questions after them. */
export function makeQuestions(post: (answer: Answer) => void): (question: Question) => void {
  const answers = makeAnswers()
  let before: Promise<void> = Promise.resolve()
  return ({ id, name, question }) => {
    before = before.then(async () => {
      try {
        const answer = (await answers)[name] as (request: Question['question']) => Promise<unknown>
        post({ id, answer: await answer(question) })
      } catch (error) {
        post({ id, fault: faultOf(error) })
      }
    })
  }
}

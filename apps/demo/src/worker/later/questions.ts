import { tensor } from '@spikeward/core'
import type { Surrogate } from '@spikeward/core'
import { makePoint } from '@spikeward/experiment/points'
import { faultOf } from '../../protocol.js'
import type { Answer, Ask, Given, QuestionName, Questions } from '../../protocol.js'
import { expression } from '../../settings/runOf.js'
import { openNamed } from '../backends.js'
import type { Build } from '../build.js'
import { buildForQuestions } from './buildForQuestions.js'
import { makeInspector } from './inspector.js'
import { makeCosine } from './makeCosine.js'
import { makeCost } from './makeCost.js'
import { makeExport } from './makeExport.js'
import { makeOnChip } from './makeOnChip.js'
import { makeOperators } from './makeOperators.js'

/** Points of the curve, on [−2, 2]. */
const POINTS = 161

/** The slope of a surrogate as a function of the distance to the threshold. */
export async function slope({
  surrogate: name,
  surrogateOptions,
}: Questions['slope']['ask']): Promise<Questions['slope']['answer']> {
  const u = Array.from({ length: POINTS }, (_, i) => -2 + (4 * i) / (POINTS - 1))
  const surrogate = makePoint('surrogate', expression(name, surrogateOptions)) as Surrogate
  const values = await surrogate.slope(tensor(u)).data()
  // A constant slope is one number.
  return { u, slope: u.map((_, i) => Number(values[values.length === 1 ? 0 : i])) }
}

type Answers = { readonly [N in QuestionName]: (q: Questions[N]['ask']) => Promise<Questions[N]['answer']> }

async function makeAnswers(build: Build): Promise<Answers> {
  // One thread, so that it does not slow down the training.
  const backend = await openNamed('cpu', 1)
  return {
    slope,
    inspect: makeInspector(backend, build),
    cosine: makeCosine(backend, build),
    cost: makeCost(backend, build),
    chip: makeOnChip(backend),
    export: makeExport(backend, build),
    operator: makeOperators(backend),
  }
}

/** The type of the answers gives each name the function of its questions. */
const answer = (by: Answers, { name, ask }: Ask): Promise<Questions[QuestionName]['answer']> =>
  (by[name] as (given: Ask['ask']) => Promise<Questions[QuestionName]['answer']>)(ask)

/**
 * Answers the page's questions: what neurons do, how good an estimate is, what a step costs, what operators predict.
 */
export function makeQuestions(post: (answer: Answer) => void): (question: Ask | Given) => void {
  const { build, take } = buildForQuestions()
  const answers = makeAnswers(build)
  // One message at a time, functions too: they belong to the questions after them.
  let before: Promise<void> = Promise.resolve()
  return (question) => {
    before = before.then(async () => {
      if ('functions' in question) return take(question.functions)
      const { id } = question
      try {
        post({ id, answer: await answer(await answers, question), fault: null })
      } catch (error) {
        post({ id, answer: null, fault: faultOf(error) })
      }
    })
  }
}
